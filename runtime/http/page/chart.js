'use strict';
/*
 * chart.js - small charts of the last five minutes. Each can be pointed at, touched, or walked with
 * the arrow keys: then it tells one moment's exact value. Where nothing is known there is a gap.
 */

const CHART_WIDTH = 240;

/* `series`: [{of: Counter or Gauge, class}], at most three; `text(value)`: a value in words. */
class Chart {
    constructor(history, series, text, label, height) {
        this.history = history;
        this.series = series;
        this.text = text;
        this.label = label;
        this.height = height || 44;
        this.cursor = null; /* ms before now */
        this.area = svg('path', {class: 'area'});
        this.lines = series.map((one) => svg('path', {class: 'line ' + (one.class || '')}));
        this.pointer = svg('path', {class: 'cursor'});
        this.node = svg('svg', {
            class: 'chart', viewBox: `0 0 ${CHART_WIDTH} ${this.height}`,
            preserveAspectRatio: 'none', tabindex: '0', role: 'img',
            onpointermove: (event) => this.point(event),
            onpointerdown: (event) => this.point(event),
            onpointerleave: () => this.leave(), onblur: () => this.leave(),
            onkeydown: (event) => this.key(event), 'aria-label': label,
        }, this.area, ...this.lines, this.pointer);
    }

    point(event) {
        const box = this.node.getBoundingClientRect();

        this.show((1 - (event.clientX - box.left) / box.width) * this.history.span);
    }

    key(event) {
        const steps = {ArrowLeft: 2000, ArrowRight: -2000, Home: HISTORY_MS, End: -HISTORY_MS};

        if (event.key === 'Escape')
            this.leave();
        if (!(event.key in steps))
            return;
        event.preventDefault();
        this.show((this.cursor || 0) + steps[event.key]);
    }

    leave() {
        this.cursor = null;
        this.pointer.removeAttribute('d');
        hideTip(this.node);
    }

    show(ms) {
        this.cursor = Math.min(this.history.span, Math.max(0, ms));
        this.drawCursor();
    }

    drawCursor() {
        const history = this.history;

        if (this.cursor === null || history.count === 0)
            return;
        const now = history.at(history.times, 0);
        let back = history.back(this.cursor);

        if (back > 0 && this.cursor - (now - history.at(history.times, back - 1)) <
            now - history.at(history.times, back) - this.cursor)
            back--;
        const x = CHART_WIDTH * (1 - (now - history.at(history.times, back)) / history.span);
        const box = this.node.getBoundingClientRect();
        const values = this.series.map((one) => {
            const value = one.of.step(back);

            return (one.name ? one.name + ' ' : '') + (isNaN(value) ? 'not known' :
                this.text(value));
        });

        this.pointer.setAttribute('d', `M${x.toFixed(1)} 0V${this.height}`);
        showTip(this.node, clock(history.at(history.walls, back)) + '\n' + values.join('\n'),
            box.left + box.width * x / CHART_WIDTH, box.top);
    }

    draw() {
        const history = this.history;
        const bottom = this.height - 2;
        let most = 0;

        for (const one of this.series)
            for (let back = 0; back < history.kept; back++) {
                const value = one.of.step(back);

                if (value > most)
                    most = value;
            }
        this.most = most;
        setAttribute(this.node, 'class', most > 0 ? 'chart' : 'chart flat');
        const scale = most > 0 ? (bottom - 3) / most : 0;

        this.series.forEach((one, index) => {
            const parts = this.parts(one.of, bottom, scale);

            setAttribute(this.lines[index], 'd', parts.map((part) => 'M' + part.join('L'))
                .join(''));
            if (index === 0)
                setAttribute(this.area, 'd', parts.map((part) => 'M' + part[0].split(' ')[0] + ' ' +
                    bottom + 'L' + part.join('L') + 'V' + bottom + 'Z').join(''));
        });
        if (this.cursor !== null)
            this.drawCursor();
    }

    /* Runs of points without a gap. */
    parts(of, bottom, scale) {
        const history = this.history;
        const now = history.count > 0 ? history.at(history.times, 0) : 0;
        const {span} = history;
        const parts = [];
        let part = null;

        for (let back = history.kept - 1; back >= 0; back--) {
            const age = now - history.at(history.times, back);
            const value = of.step(back);

            if (isNaN(value) || age > span) {
                part = null;
                continue;
            }
            if (!part)
                parts.push(part = []);
            part.push((CHART_WIDTH * (1 - age / span)).toFixed(1) + ' ' +
                (bottom - value * scale).toFixed(1));
        }
        return parts;
    }
}


/* ---- what is told of the thing one points at --------------------------------------------------
 * Any element with a function `tip` tells what it says; by pointer, touch and keyboard alike. */

let tipOwner = null;

function showTip(owner, text, x, y) {
    const tip = byId('tip');

    const over = owner.closest('dialog') || document.body; /* nothing is seen above a dialog */

    if (tip.parentNode !== over)
        over.append(tip);
    tipOwner = owner;
    setText(tip, text);
    tip.hidden = false;
    const width = tip.offsetWidth;
    const height = tip.offsetHeight;
    const left = Math.min(Math.max(8, x - width / 2), document.documentElement.clientWidth -
        width - 8);

    tip.style.left = Math.max(0, left) + 'px';
    tip.style.top = (y - height - 8 > 4 ? y - height - 8 : y + 28) + 'px';
}

function hideTip(owner) {
    if (owner && owner !== tipOwner)
        return;
    tipOwner = null;
    byId('tip').hidden = true;
}

function tipFor(event) {
    let node = event.target instanceof Element ? event.target : null;

    while (node && !node.tip)
        node = node.parentElement;
    if (!node) {
        if (tipOwner && !(tipOwner.classList.contains('chart') && event.type === 'focusin'))
            hideTip();
        return;
    }
    const box = node.getBoundingClientRect();
    const text = node.tip();

    if (text)
        showTip(node, text, box.left + box.width / 2, box.top);
}

function startTips() {
    document.addEventListener('pointerover', (event) => {
        if (!(event.target instanceof Element && event.target.closest('.chart')))
            tipFor(event);
    });
    document.addEventListener('pointerdown', (event) => {
        if (!(event.target instanceof Element && event.target.closest('.chart')))
            tipFor(event);
    });
    document.addEventListener('focusin', (event) => {
        if (event.target.matches(':focus-visible'))
            tipFor(event);
    });
    document.addEventListener('focusout', () => hideTip());
    document.addEventListener('scroll', () => hideTip(), {passive: true, capture: true});
    document.addEventListener('keydown', (event) => {
        if (event.key === 'Escape')
            hideTip();
    });
}
