'use strict';

/** Shows the samples of runs at one step next to each other: those drawn during training, or one prompt sampled with the runs' checkpoints. */
class Samples {
  constructor(source) {
    this.source = source;
    this.step = null;
    this.made = new Map();
    this.players = [];
    this.turn = 0;
    this.pictures = make('div', { class: 'pictures' });
    this.slider = make('input', { type: 'range', min: 0, max: 0, step: 1, 'aria-label': 'Step', oninput: event => { this.step = this.steps[event.target.value]; this.fill(); } });
    this.told = make('output', {});
    this.said = make('p', { class: 'dim', role: 'status' });
    this.asked = make('input', { type: 'text', placeholder: 'Prompt for all checkpoints', 'aria-label': 'Prompt for all checkpoints', autocomplete: 'off', spellcheck: 'false' });
    this.button = make('button', { type: 'submit' }, 'Sample');
    this.form = make('form', { class: 'row', onsubmit: event => { event.preventDefault(); this.sample(); } }, this.asked, this.button);
    this.element = make('section', { class: 'card', hidden: true }, make('h2', {}, 'Samples'), source.sample ? this.form : '', this.said,
      make('div', { class: 'slider' }, make('span', {}, 'Step'), this.told, this.slider), this.pictures);
  }

  prompt() {
    return this.asked.value.trim() || null;
  }

  show(runs) {
    this.runs = runs;
    this.element.hidden = !runs.some(run => run.samples.length || (this.source.sample && run.checkpoints.length));
    this.fill();
  }

  /** Returns the samples of a run: those of the prompt if one was sampled, otherwise those drawn during training. */
  of(run) {
    return this.made.get(run.name) ?? (this.made.size ? [] : run.samples);
  }

  fill() {
    this.steps = [...new Set(this.runs.flatMap(run => this.of(run).map(sample => sample.step)))].sort((a, b) => a - b);
    if (!this.steps.length) {
      this.arrange([]);
      this.told.textContent = '';
      this.slider.parentElement.hidden = true;
      return;
    }
    this.slider.parentElement.hidden = false;
    // Show the newest step until the user chooses another.
    const at = this.step === null ? this.steps.length - 1 : Math.max(0, this.steps.findLastIndex(step => step <= this.step));
    [this.slider.max, this.slider.value] = [this.steps.length - 1, at];
    this.told.textContent = figure(this.steps[at]);
    this.arrange(this.runs.map(run => [run, this.of(run).findLast(sample => sample.step <= this.steps[at])]).filter(([, sample]) => sample));
  }

  /** Shows samples of runs. The same samples stay in place, so that they do not start again and keep the focus. */
  arrange(samples) {
    const news = JSON.stringify(samples.map(([run, { step, file, turn }]) => [run.name, run.place, step, file, turn]));
    if (news === this.news) {
      return;
    }
    this.news = news;
    this.players.forEach(player => player.remove());
    this.players = [];
    this.pictures.replaceChildren(...samples.map(([run, sample]) => this.figure(run, sample)));
  }

  figure(run, sample) {
    let picture;
    if (sample.made) {
      picture = make('canvas', { role: 'img', 'aria-label': `${run.name} at step ${sample.step}` });
      const player = new Player(picture);
      this.players.push(player);
      player.show(sample.made.pixels[0], sample.made.frames, sample.made.height, sample.made.width, sample.made.frameMilliseconds);
    } else {
      picture = moving({ src: this.source.picture(run.name, sample.file), alt: `${run.name} at step ${sample.step}` });
    }
    return make('figure', {}, ...[picture].flat(), make('figcaption', {}, make('i', { class: `key c${run.place % 8}` }), ` ${run.name}, step ${figure(sample.step)}`));
  }

  /** Samples the prompt with one checkpoint after the other, starting with the newest checkpoint of each run. */
  async sample() {
    const prompt = this.prompt();
    this.made.clear();
    this.step = null;
    const turn = ++this.turn;
    if (!prompt) {
      this.said.textContent = '';
      this.fill();
      return;
    }
    const all = this.runs.flatMap(run => run.checkpoints.map(step => ({ run: run.name, step }))).sort((a, b) => b.step - a.step);
    this.button.disabled = true;
    for (const [i, { run, step }] of all.entries()) {
      this.said.textContent = `Sampling ${i + 1} of ${all.length} checkpoints ...`;
      try {
        const made = await this.source.sample({ run, step, prompt, seed: 0 });
        this.made.set(run, [...(this.made.get(run) ?? []), { step, made, turn }].sort((a, b) => a.step - b.step));
        this.fill();
      } catch (problem) {
        this.said.textContent = problem.message;
        break;
      }
      this.said.textContent = '';
    }
    this.button.disabled = false;
  }
}
