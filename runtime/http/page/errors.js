'use strict';
/*
 * errors.js - recent errors, those that are the same counted together. The bus keeps the last ones
 * only; the page adds up what it has seen, and says so when some went by between two answers.
 */

const ERROR_GROUPS = 100; /* kept */
const ERRORS_SHOWN = 30;

class Errors {
    constructor(model) {
        this.model = model;
        this.groups = new Map();
        this.lastId = 0;
        this.missed = 0;
        this.nodes = new Map();
    }

    /* `status.errors`: newest first. */
    take(status) {
        const list = status.errors;

        if (list.length === 0)
            return;
        if (this.model.restarted || list[0].id < this.lastId)
            this.lastId = 0;
        const oldest = list[list.length - 1].id;

        if (this.lastId > 0 && oldest > this.lastId + 1)
            this.missed += oldest - this.lastId - 1;
        for (let i = list.length - 1; i >= 0; i--) {
            const error = list[i];
            const key = [error.handler, error.message, error.category, error.code,
                error.text].join('\n');
            const known = this.groups.get(key);

            if (error.id <= this.lastId) {
                if (known && known.last.id === error.id)
                    known.last = error; /* it may have recovered meanwhile */
                continue;
            }
            this.groups.delete(key); /* so that the newest is the last of the map */
            this.groups.set(key, {key, last: error, first: known ? known.first : error.time_ms,
                count: known ? known.count + 1 : 1});
        }
        this.lastId = list[0].id;
        for (const key of this.groups.keys()) {
            if (this.groups.size <= ERROR_GROUPS)
                break;
            this.groups.delete(key);
        }
    }

    make(group) {
        const node = {level: svg('use', {}), title: el('b', {}),
            count: el('span', {class: 'count'}),
            text: el('p', {class: 'text'}), when: el('span', {class: 'under'}),
            facts: el('p', {class: 'under'})};

        node.item = el('li', {class: 'error'},
            svg('svg', {class: 'mark', 'aria-hidden': 'true'}, node.level),
            el('div', {}, el('p', {class: 'line'}, node.title, node.count, node.when),
                node.text, node.facts));
        node.when.tip = () => 'first ' + fullTime(node.group.first) + '\nlast ' +
            fullTime(node.group.last.time_ms);
        node.group = group;
        return node;
    }

    draw() {
        const {status} = this.model;
        const list = [...this.groups.values()].reverse().slice(0, ERRORS_SHOWN);
        const wanted = [];

        for (const group of list) {
            const error = group.last;
            let node = this.nodes.get(group.key);

            if (!node)
                this.nodes.set(group.key, node = this.make(group));
            const severe = error.severity === 'critical' || error.severity === 'high';

            node.group = group;
            setAttribute(node.level, 'href', severe ? '#i-bad' : '#i-warn');
            setAttribute(node.item, 'data-level', severe ? 'bad' : 'warn');
            setText(node.title, this.model.brief(error.handler || error.message || 'the bus'));
            setText(node.count, group.count > 1 ? '×' + exact(group.count) : '');
            setText(node.when, span(status.now_ms - error.time_ms) + ' ago');
            setText(node.text, error.text || 'without a text');
            setText(node.facts, [error.severity, error.category + ' ' + error.code,
                error.handler && error.message ? this.model.brief(error.message) : '',
                error.attempt > 0 ? 'attempt ' + error.attempt : '',
                error.recovered ? 'recovered' : error.recovering ? 'to be tried again' :
                    error.transient ? 'transient' : 'permanent',
                error.trace_id ? 'trace ' + error.trace_id : ''].filter(Boolean).join(' · '));
            wanted.push(node.item);
        }
        for (const key of this.nodes.keys())
            if (!this.groups.has(key))
                this.nodes.delete(key);
        if (wanted.length === 0)
            wanted.push(this.none || (this.none = el('li', {class: 'empty'},
                'No handler has failed.')));
        if (!this.list)
            byId('error-list').append(this.list = el('ul', {class: 'errors'}));
        setChildren(this.list, wanted);
        setText(byId('errors-sum'), status.health.errors === 0 ? '' : exact(status.health.errors) +
            ' since the start' + (this.missed > 0 ? '; ' + exact(this.missed) +
            ' went by unseen' : ''));
    }
}
