'use strict';

/** A form that adds a training run to the queue, like Start-TinySoraTraining -Queue, and shows this command. */
class TrainingForm {
  /** @param choices { configs, dataPaths }; see TrainingChoices in the studio's code. */
  constructor(choices, queued) {
    this.queued = queued;
    this.names = [];
    this.config = make('select', { id: 'trainConfig' }, ...choices.configs.map(name => make('option', { selected: name === 'shapes-small' }, name)));
    this.data = make('input', { id: 'trainData', type: 'text', list: 'trainFolders', value: choices.dataPaths[0] ?? './training_data', autocomplete: 'off', spellcheck: 'false' });
    this.budget = make('input', { id: 'trainBudget', type: 'text', placeholder: 'as configured', autocomplete: 'off' });
    this.name = make('input', { id: 'trainName', type: 'text', autocomplete: 'off', spellcheck: 'false' });
    this.command = make('pre', { class: 'command', tabindex: 0, 'aria-label': 'The command that queues the same training run' });
    this.said = make('p', { class: 'said', role: 'status' });
    this.button = make('button', { type: 'submit', class: 'main' }, 'Queue training');
    const field = (label, input) => make('div', {}, make('label', { for: input.id }, label), input);
    this.element = make('details', { class: 'card', id: 'train' }, make('summary', {}, 'Train a model'),
      make('form', { onsubmit: event => { event.preventDefault(); this.send(false); }, oninput: () => this.look() },
        make('div', { class: 'fields' }, field('Configuration', this.config), field('Folder of the clips', this.data),
          field('Time, such as 3min or 2h', this.budget), field('Name of the run', this.name)),
        make('datalist', { id: 'trainFolders' }, ...choices.dataPaths.map(value => make('option', { value }))), this.command, this.said, this.button));
    this.element.addEventListener('toggle', () => this.look());
  }

  /** Proposes an unused name until the user enters one. */
  propose(names) {
    this.names = names;
    if (!this.name.value && document.activeElement !== this.name) {
      this.rename();
    }
  }

  rename() {
    let number = 1;
    while ([...this.names, this.name.value].includes(`run-${number}`)) {
      number++;
    }
    this.name.value = `run-${number}`;
  }

  look() {
    clearTimeout(this.looking);
    this.looking = setTimeout(() => this.element.open && this.send(true), 150);
  }

  async send(preview) {
    const asked = { config: this.config.value, dataPath: this.data.value, name: this.name.value, budget: this.budget.value || null, preview };
    this.button.disabled = !preview;
    try {
      const place = await (await send('train', asked)).json();
      this.command.textContent = place.command;
      this.say(preview ? '' : `Added to the queue: ${place.resultsPath}. The run starts when the runs before it have ended.`);
      if (!preview) {
        await this.queued();
        this.name.value === asked.name && this.rename();
      }
    } catch (problem) {
      this.say(problem.message, true);
    }
    this.button.disabled = false;
  }

  say(text, isProblem = false) {
    this.said.textContent = text;
    this.said.classList.toggle('problem', isProblem);
  }
}
