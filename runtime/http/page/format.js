'use strict';
/*
 * format.js - numbers, times and elements. Names and texts that come from the bus reach the page
 * through `el` and `setText` alone, as text; nothing here or elsewhere builds markup from them.
 */

const NONE = '–';
const GAP = '\u00a0'; /* between a number and its unit */
const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
    for (const name in attributes) {
        const value = attributes[name];

        if (name === 'tip')
            node.tip = value;
        else if (name.startsWith('on'))
            node.addEventListener(name.slice(2), value);
        else if (value === true)
            node.setAttribute(name, '');
        else if (value !== false && value !== null && value !== undefined)
            node.setAttribute(name, value);
    }
    for (const child of children)
        if (child !== null && child !== undefined)
            node.append(child);
    return node;
}

/* An element; a child that is a string becomes text. `tip`: a function that gives the text shown
 * when somebody points at it; `onclick` and so on: listeners. */
function el(tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
}

function byId(id) {
    return document.getElementById(id);
}

/* These touch the document only when something has changed: mostly it has not. */
function setText(node, text) {
    if (node.shownText !== text) {
        node.shownText = text;
        node.textContent = text;
    }
}

function setAttribute(node, name, value) {
    const key = 'shown-' + name;

    if (node[key] === value)
        return;
    node[key] = value;
    if (value === null || value === false)
        node.removeAttribute(name);
    else
        node.setAttribute(name, value === true ? '' : value);
}

/* Puts `wanted` into `parent`, in this order, moving only what is not in its place. */
function setChildren(parent, wanted) {
    let at = parent.firstChild;

    for (const node of wanted) {
        if (node === at)
            at = at.nextSibling;
        else
            parent.insertBefore(node, at);
    }
    while (at) {
        const next = at.nextSibling;

        at.remove();
        at = next;
    }
}

/* ---- numbers ---- */

const DIGITS = new Intl.NumberFormat('en', {maximumFractionDigits: 3});

function exact(value) {
    return typeof value === 'number' && isFinite(value) ? DIGITS.format(value)
        : String(value ?? NONE);
}

/* Three digits that matter, at most: 7, 340, 1.2 k, 56 M. */
function short(value) {
    const units = ['', GAP + 'k', GAP + 'M', GAP + 'G', GAP + 'T'];
    let unit = 0;

    if (!isFinite(value))
        return NONE;
    while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    return (unit > 0 && Math.abs(value) < 9.95 ? value.toFixed(1) : value.toFixed(0)) + units[unit];
}

/* A second: 0, 0.02, 0.4, 12, 1.2 k. */
function rateNumber(value) {
    if (!isFinite(value))
        return NONE;
    if (value > 0 && value < 0.095)
        return value < 0.005 ? '<0.01' : value.toFixed(2);
    if (value > 0 && value < 9.95)
        return value.toFixed(1).replace(/\.0$/, '');
    return short(value);
}

function rateText(value) {
    return isFinite(value) ? rateNumber(value) + '/s' : NONE;
}

function percent(value) {
    if (typeof value !== 'number')
        return NONE;
    if (value >= 1 || value <= 0)
        return (value * 100).toFixed(0) + GAP + '%';
    /* 99.997 % is not 100 %, and 0.002 % is not nothing. */
    return value > 0.999 ? (Math.floor(value * 1e4) / 1e2).toFixed(2) + GAP + '%'
        : value < 0.001 ? '<0.1' + GAP + '%' : (value * 100).toFixed(1) + GAP + '%';
}

function bytesText(value) {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let unit = 0;

    if (typeof value !== 'number')
        return NONE;
    while (value >= 1023.5 && unit < units.length - 1) {
        value /= 1024;
        unit++;
    }
    return (unit > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)) + GAP + units[unit];
}

/* ---- times ---- */

/* 640 ns, 12 µs, 3.4 ms, 1.5 s, 2 min 5 s */
function nanoseconds(value) {
    const units = [['ns', 1], ['µs', 1e3], ['ms', 1e6], ['s', 1e9]];

    if (typeof value !== 'number' || !isFinite(value))
        return NONE;
    if (value >= 99.5e9)
        return span(value / 1e6);
    for (const [unit, size] of units) {
        const number = value / size;

        if (number < 999.5 || unit === 's')
            return (unit !== 'ns' && number < 9.95 ? number.toFixed(1) : number.toFixed(0)) +
                GAP + unit;
    }
    return NONE;
}

/* The two greatest units of a time: 42 s, 3 min 5 s, 2 h 10 min, 5 d 4 h. */
function span(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const parts = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];

    for (let i = 0; i < parts.length; i++) {
        const [size, unit] = parts[i];

        if (seconds < size && size > 1)
            continue;
        const first = Math.floor(seconds / size) + GAP + unit;
        const rest = i + 1 < parts.length ? Math.floor(seconds % size / parts[i + 1][0]) : 0;

        return rest > 0 ? first + ' ' + rest + GAP + parts[i + 1][1] : first;
    }
    return NONE;
}

function two(number) {
    return String(number).padStart(2, '0');
}

/* Time of day; with the day if that is not today. */
function clock(ms) {
    const at = new Date(ms);
    const time = two(at.getHours()) + ':' + two(at.getMinutes()) + ':' + two(at.getSeconds());

    if (isNaN(at.getTime()))
        return NONE;
    if (at.toDateString() === new Date().toDateString())
        return time;
    return at.getFullYear() + '-' + two(at.getMonth() + 1) + '-' + two(at.getDate()) + ' ' + time;
}

function fullTime(ms) {
    const at = new Date(ms);

    return isNaN(at.getTime()) ? NONE : at.toISOString().replace('T', ' ').replace('Z', ' UTC');
}

/* A time that tells how long ago, and when exactly to whoever points at it. */
function ago(ms, now) {
    return el('time', {tip: () => fullTime(ms)}, span(now - ms) + ' ago');
}

/* ---- words ---- */

function plural(number, one, many) {
    return exact(number) + ' ' + (number === 1 ? one : many || one + 's');
}

/* The icon of a level: 'ok', 'warn', 'bad' or 'wait'. */
function mark(level) {
    return svg('svg', {class: 'mark ' + level, 'aria-hidden': 'true'},
        svg('use', {href: '#i-' + level}));
}

const LEVEL_OF = {healthy: 'ok', degraded: 'warn', critical: 'bad'};

function levelOf(state) {
    return LEVEL_OF[state] || 'wait';
}
