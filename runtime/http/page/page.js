'use strict';
/*
 * page.js - asks the bus once a second, one request at a time, and has the parts drawn. When the
 * program cannot be reached it says so and since when, and goes on asking.
 */

const POLL_MS = 1000;
const POLL_HIDDEN_MS = 15000; /* while nobody sees the page */

const page = {model: new Model(), timer: null, busy: false, paused: false, lostSince: null,
    draws: 0, drawMs: 0};

function showLive() {
    const {status} = page.model;
    const live = byId('live');

    if (page.paused)
        setText(live, 'paused' + (status ? ', figures of ' + clock(status.now_ms) : ''));
    else if (page.lostSince !== null)
        setText(live, 'not reachable');
    else
        setText(live, status ? clock(status.now_ms) : '');
    byId('admin').hidden = !status || !status.admin;
    setAttribute(document.body, 'data-stale', page.lostSince !== null || page.paused);
}

/* The program does not answer. */
function lost(error) {
    const {model} = page;

    if (page.lostSince === null)
        page.lostSince = Date.now();
    model.broken = true;
    setState('bad', 'Not reachable');
    setText(byId('state-line'), 'Since ' + clock(page.lostSince) + ', ' + span(Date.now() -
        page.lostSince) + '. ' + (error instanceof RequestError ? error.message + '. ' : '') +
        'Trying again ' + (document.hidden ? 'every 15 seconds.' : 'every second.') +
        (model.status ? ' The figures below are of ' + clock(model.status.now_ms) + '.' : ''));
    setText(byId('why-title'), 'Last known');
    showLive();
}

function found() {
    if (page.lostSince !== null)
        toast('Reachable again after ' + span(Date.now() - page.lostSince) + '.');
    page.lostSince = null;
    if (page.model.restarted)
        toast('The program was started again (process ' + page.model.status.pid + ').', 'warn');
}

function draw() {
    const began = performance.now();

    page.tables.look();
    page.overview.draw();
    page.tables.draw();
    page.flow.draw();
    page.errors.draw();
    page.letters.draw();
    page.schedule.draw();
    page.detail.draw();
    drawErrorBadge();
    showLive();
    page.drawMs = performance.now() - began;
    page.draws++;
}

/* Errors of the last minute, beside the link to them. */
function drawErrorBadge() {
    const {status} = page.model;
    const badge = byId('nav-errors');
    const recent = status.errors.filter((error) => status.now_ms - error.time_ms < MINUTE_MS);

    badge.hidden = recent.length === 0;
    setText(badge, recent.length >= 50 ? '50+' : String(recent.length));
}

/* What goes wrong here is the page's own fault: it must not look like a program that is gone. */
function take(status) {
    try {
        page.model.take(status);
        page.errors.take(status);
        found();
        draw();
    } catch (error) {
        console.error(error);
        toast('This page has a defect: ' + error.message, 'bad');
    }
}

async function askGraph() {
    if (!page.flow.wants() || page.graphBusy)
        return;
    page.graphBusy = true;
    try {
        page.flow.take(await getJson('graph'));
    } catch (error) {
        page.flow.asked = performance.now();
        if (error instanceof RequestError)
            toast('Flow: ' + error.message, 'bad');
    } finally {
        page.graphBusy = false;
    }
}

async function poll() {
    if (page.busy || page.paused)
        return;
    const began = performance.now();

    clearTimeout(page.timer);
    page.busy = true;
    try {
        take(await getJson('status'));
        await askGraph();
    } catch (error) {
        lost(error);
    }
    page.busy = false;
    if (!page.paused)
        page.timer = setTimeout(poll, document.hidden ? POLL_HIDDEN_MS
            : Math.max(50, POLL_MS - (performance.now() - began)));
}

function start() {
    page.overview = new Overview(page.model);
    page.tables = new Tables(page.model);
    page.flow = new Flow(page.model);
    page.errors = new Errors(page.model);
    page.letters = new Letters(page.model);
    page.schedule = new Schedule(page.model);
    page.detail = new Detail(page.model);
    startTips();
    byId('pause').addEventListener('click', () => {
        page.paused = !page.paused;
        byId('pause').setAttribute('aria-pressed', String(page.paused));
        setText(byId('pause'), page.paused ? 'Go on' : 'Pause');
        clearTimeout(page.timer);
        showLive();
        poll();
    });
    document.addEventListener('visibilitychange', () => {
        if (!document.hidden)
            poll();
    });
    poll();
}

start();
