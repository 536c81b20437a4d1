'use strict';

/** A page with a table of runs, their curves and their samples. */
class RunsPage {
  /** @param source { picture(run, file) returns the address of an image; order(order) and sample(asked) exist only if there is a server }. */
  constructor(root, source) {
    [this.root, this.source] = [root, source];
    this.hidden = new Set();
    this.places = new Map();
    this.metric = 'smoothed loss';
    this.logarithmic = false;
    this.sorted = { column: null, down: false };
    this.ordered = new Set();
    this.armed = null;
    this.shownStep = { step: null };
    this.table = make('div', { class: 'wide' });
    this.choose = make('select', { 'aria-label': 'Metric', onchange: () => { this.metric = this.choose.value; this.showCurves(); } });
    const logarithmic = make('input', { type: 'checkbox', onchange: () => { this.logarithmic = logarithmic.checked; this.showCurves(); } });
    this.chart = make('div');
    this.curves = make('section', { class: 'card', hidden: true },
      make('div', { class: 'row' }, this.choose, make('label', { class: 'name' }, logarithmic, 'logarithmic')), this.chart);
    this.samples = new Samples(source);
    this.said = make('p', { class: 'said', role: 'status' });
    this.filter = make('input', { type: 'search', placeholder: 'Filter by name, state, tag, note or setting', 'aria-label': 'Filter', oninput: () => this.filtered() });
    this.filters = make('div', { class: 'row', hidden: true }, this.filter);
    root.replaceChildren(this.filters, this.table, this.said, this.curves, this.samples.element);
  }

  show(runs) {
    runs.forEach(run => this.places.has(run.name) || this.places.set(run.name, this.places.size));
    // Unchanged data must not interrupt pointing, dragging or typing.
    const news = JSON.stringify(runs);
    if (news === this.news) {
      return;
    }
    [this.runs, this.news] = [runs, news];
    this.filters.hidden = runs.length < 2;
    this.showTable();
    this.showCurves();
    this.samples.show(this.shown());
  }

  /** Returns the runs that match every word of the filter. */
  found() {
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    return this.runs.filter(run => {
      const text = [run.name, run.state, ...run.tags, run.note ?? '', run.settings].join('\n').toLowerCase();
      return words.every(word => text.includes(word));
    });
  }

  filtered() {
    this.showTable();
    this.showCurves();
    this.samples.show(this.shown());
  }

  /** Returns the settings of a run that are not the same in all shown runs. */
  settings(run) {
    const pairs = one => one.settings.split(/, (?=[\w.]+=)/);
    const others = this.found().map(pairs);
    return pairs(run).filter(pair => pair && !others.every(other => other.includes(pair))).join(', ');
  }

  shown() {
    return this.found().filter(run => !this.hidden.has(run.name)).map(run => ({ ...run, place: this.places.get(run.name) }));
  }

  columns() {
    const all = [
      ['Run', run => run.name], ['State', run => run.state], ['Step', run => run.step, run => run.totalSteps ? `${figure(run.step)} of ${figure(run.totalSteps)}` : figure(run.step)],
      ['Loss', run => run.loss, run => run.loss?.toFixed(4)], ['Steps/s', run => run.stepsPerSecond, run => run.stepsPerSecond?.toFixed(2)],
      ['Left', run => run.remaining, run => clockOf(run.remaining)], ['Trained', run => run.elapsed, run => clockOf(run.elapsed)],
      ['TFLOP', run => run.tflop, run => run.tflop === null ? '' : figure(run.tflop)], ['Clips', run => run.clips, run => run.clips === null ? '' : figure(run.clips)],
      ['Settings', run => this.settings(run)], ['Tags', run => run.tags.join(', ')], ['Note', run => run.note],
    ];
    return all.filter(([name, value], i) => i < 4 || this.runs.some(run => value(run)));
  }

  showTable() {
    if (!this.runs.length) {
      this.table.replaceChildren(make('p', { class: 'card' }, 'There are no runs in this page\'s folders yet. Runs that you start with Start-TinySoraTraining appear here.'));
      return;
    }
    const columns = this.columns();
    const key = columns.find(([name]) => name === this.sorted.column)?.[1];
    const order = this.found();
    if (key) {
      order.sort((a, b) => compare(key(a), key(b), this.sorted.down));
    }
    const orders = this.source.order && this.runs.some(run => run.isLive);
    // Place the actions next to the state, because they change it.
    const besideState = (cells, cell) => orders ? [...cells.slice(0, 2), cell, ...cells.slice(2)] : cells;
    const left = this.table.scrollLeft;
    const focused = this.table.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.isBuilding = true;
    this.table.replaceChildren(make('table', {},
      make('thead', {}, make('tr', {}, ...besideState(columns.map(([name]) => this.heading(name)), make('th', { scope: 'col' }, 'Actions')))),
      make('tbody', {}, ...order.map(run => make('tr', {}, ...besideState(
        columns.map(([name, value, text]) => this.cell(name, run, (text ?? value)(run) ?? '')), make('td', {}, run.isLive ? this.orders(run) : '')))))));
    this.isBuilding = false;
    this.table.scrollLeft = left;
    focused && this.control(focused)?.focus({ preventScroll: true });
  }

  /** Returns the control of the table with a key, which stays the same when the table is rebuilt. */
  control(key) {
    return [...this.table.querySelectorAll('[data-key]')].find(control => control.dataset.key === key);
  }

  heading(name) {
    const sorted = this.sorted.column === name;
    return make('th', { scope: 'col', 'aria-sort': sorted ? this.sorted.down ? 'descending' : 'ascending' : 'none' },
      make('button', { type: 'button', 'data-key': `sort ${name}`, onclick: () => this.sort(name) }, name, sorted ? this.sorted.down ? ' \u2193' : ' \u2191' : ''));
  }

  cell(name, run, text) {
    if (name === 'Run') {
      const box = make('input', { type: 'checkbox', 'data-key': `show ${run.name}`, onchange: event => {
        event.target.checked ? this.hidden.delete(run.name) : this.hidden.add(run.name);
        this.showCurves();
        this.samples.show(this.shown());
      } });
      box.checked = !this.hidden.has(run.name);
      return make('th', { scope: 'row' }, make('label', { class: 'name' }, box, make('i', { class: `key c${this.places.get(run.name) % 8}` }), run.name));
    }
    if (name === 'State') {
      const state = make('span', { class: `state ${run.state.toLowerCase()}` }, text);
      return run.problem ? make('td', { class: 'long' }, state, make('div', { class: 'problem' }, run.problem)) : make('td', {}, state);
    }
    if (name === 'Tags') {
      return make('td', {}, make('span', { class: 'words' }, ...run.tags.map(tag => make('button', {
        type: 'button', title: 'Show the runs with this tag', 'data-key': `tag ${tag} ${run.name}`, onclick: () => {
          this.filter.value = tag;
          this.filtered();
        } }, tag))));
    }
    return make('td', { class: ['Settings', 'Note'].includes(name) ? 'long' : ['Left', 'Trained'].includes(name) ? '' : 'number' }, `${text}`);
  }

  orders(run) {
    // Pause and Resume have the same key, because one takes the place of the other.
    const order = (text, action, key = action) => make('button', {
      type: 'button', 'data-key': `${key} ${run.name}`, disabled: this.ordered.has(`${key} ${run.name}`), onclick: event => this.give(event.target, run, action),
    }, text);
    const armed = this.armed === run.name;
    const stop = order(armed ? 'Stop?' : 'Stop', 'Stop');
    stop.classList.toggle('main', armed);
    stop.addEventListener('blur', () => this.isBuilding || this.arm(stop, null));
    return make('span', { class: 'orders' }, run.state === 'Paused' ? order('Resume', 'Resume', 'Pause') : order('Pause', 'Suspend', 'Pause'),
      order('Save', 'Save'), order('Sample', 'Preview'), stop);
  }

  /** Sets the run that the next click on its Stop button ends. */
  arm(button, name) {
    this.armed = name;
    button.classList.toggle('main', name !== null);
    button.textContent = name === null ? 'Stop' : 'Stop?';
  }

  /** Sends an action to a run. Stop requires a second click as a confirmation, because it ends the run. */
  async give(button, run, action) {
    if (action === 'Stop' && this.armed !== run.name) {
      this.arm(button, run.name);
      return;
    }
    const { key } = button.dataset;
    const hadFocus = document.activeElement === button;
    action === 'Stop' && this.arm(button, null);
    this.ordered.add(key);
    button.disabled = true;
    this.say(`${run.name}: waiting for the current step ...`);
    try {
      const done = await this.source.order({ run: run.name, action, prompt: action === 'Preview' ? this.samples.prompt() : null });
      this.say(`${run.name}: done after step ${figure(done.step)}${done.file ? `, ${done.file}` : ''}`);
    } catch (problem) {
      this.say(problem.message, true);
    }
    this.ordered.delete(key);
    const now = this.control(key);
    now && (now.disabled = false);
    hadFocus && document.activeElement === document.body && now?.focus({ preventScroll: true });
  }

  say(text, isProblem = false) {
    this.said.textContent = text;
    this.said.classList.toggle('problem', isProblem);
  }

  sort(column) {
    this.sorted = { column, down: this.sorted.column === column && !this.sorted.down };
    this.showTable();
    this.control(`sort ${column}`)?.focus();
  }

  showCurves() {
    const names = [...new Set(this.runs.flatMap(run => run.curves.map(curve => curve.name)))];
    this.curves.hidden = !names.length;
    const metric = names.includes(this.metric) ? this.metric : names[0];
    // Replacing the options would close the open list.
    if ([...this.choose.options].map(option => option.value).join('\n') !== names.join('\n')) {
      this.choose.replaceChildren(...names.map(name => make('option', {}, name)));
    }
    this.choose.value = metric;
    const lines = this.shown().map(run => ({ name: run.name, place: run.place, points: run.curves.find(curve => curve.name === metric)?.points ?? [] }));
    // Draw a line for each smallest possible loss. Runs on the same data usually have the same one.
    const steps = lines.flatMap(line => line.points.length ? [line.points[0][0], line.points[line.points.length - 1][0]] : []).sort((a, b) => a - b);
    const known = /loss$/.test(metric) && steps.length ? this.shown().filter(run => (run.smallestLoss ?? null) !== null) : [];
    new Map(known.map(run => [run.smallestLoss, run])).forEach((run, loss) => lines.push(
      { name: 'smallest possible', place: run.place, dashed: true, points: [[steps[0], loss], [steps[steps.length - 1], loss]] }));
    const hadFocus = this.chart.contains(document.activeElement);
    this.chart.replaceChildren(chart(`${metric} over steps`, lines, this.logarithmic, this.shownStep));
    hadFocus && this.chart.querySelector('.chart')?.focus({ preventScroll: true });
  }
}

/** Compares two values for sorting; missing values are last in both directions. */
function compare(a, b, down) {
  const [lacksA, lacksB] = [a, b].map(value => (value ?? '') === '');
  return lacksA || lacksB ? lacksA - lacksB : a === b ? 0 : (a < b) === down ? 1 : -1;
}

/** Formats seconds as hours, minutes and seconds. */
const clockOf = seconds => seconds === null || seconds === undefined ? ''
  : `${Math.floor(seconds / 3600)}:${`${Math.floor(seconds / 60) % 60}`.padStart(2, '0')}:${`${Math.floor(seconds) % 60}`.padStart(2, '0')}`;
