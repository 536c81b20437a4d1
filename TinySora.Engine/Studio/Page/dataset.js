'use strict';

/** A page with the clips of a folder, their editable captions, and the problems that Test-TinySoraDataset finds. */
class DatasetPage {
  constructor(root, choices) {
    this.turn = 0;
    this.folder = make('input', { type: 'text', id: 'dataFolder', list: 'trainFolders', value: choices.dataPaths[0] ?? './training_data', autocomplete: 'off', spellcheck: 'false' });
    this.problems = make('ul', { class: 'problems' });
    this.said = make('p', { class: 'said', role: 'status' });
    this.clips = make('div', { class: 'pictures' });
    this.more = make('button', { type: 'button', hidden: '', onclick: () => this.show(this.clips.children.length) }, 'Show more');
    this.check = make('button', { type: 'button', onclick: () => this.examine() }, 'Find problems');
    root.replaceChildren(make('form', { class: 'row', onsubmit: event => { event.preventDefault(); this.show(); } },
      make('label', { for: 'dataFolder' }, 'Folder'), this.folder, make('button', { type: 'submit' }, 'Show'), this.check), this.said, this.problems, this.clips, this.more);
  }

  async show(skip = 0) {
    const own = ++this.turn;
    const path = skip ? this.path : this.folder.value;
    this.more.hidden = true;
    if (!skip) {
      this.path = path;
      this.problems.replaceChildren();
      this.clips.replaceChildren();
    }

    try {
      const data = await (await send(`dataset?path=${encodeURIComponent(path)}&skip=${skip}`)).json();
      if (own !== this.turn) {
        return;
      }
      this.clips.append(...data.clips.map(clip => this.clip(path, clip)));
      const shown = this.clips.children.length;
      this.more.hidden = shown >= data.count;
      this.say(this.more.hidden ? `${figure(data.count)} clips.` : `${figure(shown)} of ${figure(data.count)} clips.`);
    } catch (problem) {
      own === this.turn && this.say(problem.message, true);
    }
  }

  clip(path, clip) {
    const said = make('p', { class: 'said', role: 'status' });
    const text = make('textarea', { rows: 2, spellcheck: 'false', 'aria-label': `Caption of ${clip.name}` });
    text.value = clip.caption;
    let [sent, saving] = [text.value, Promise.resolve()];
    // Save one edit after the other, because each must start from the caption that the edit before it has stored.
    const save = () => saving = saving.then(async () => {
      if (text.value === sent) {
        return;
      }
      sent = text.value;
      try {
        clip.caption = await (await send('caption', { dataPath: path, clip: clip.name, before: clip.caption, caption: sent })).json();
        said.replaceChildren('Saved.');
        said.classList.remove('problem');
      } catch (problem) {
        sent = null;
        said.replaceChildren(problem.message);
        said.classList.add('problem');
      }
    });
    text.addEventListener('change', save);
    text.addEventListener('keydown', event => {
      if (event.ctrlKey && event.key === 's') {
        event.preventDefault();
        save();
      }
    });
    const address = `clip?path=${encodeURIComponent(path)}&name=${encodeURIComponent(clip.name)}`;
    return make('figure', { id: `clip-${clip.name}` }, ...moving({ src: address, alt: clip.name, loading: 'lazy' }), make('figcaption', {}, clip.name), text, said);
  }

  async examine() {
    const own = this.turn;
    this.check.disabled = true;
    this.say('Reading the clips ...');
    try {
      const found = await (await send(`problems?path=${encodeURIComponent(this.folder.value)}`)).json();
      if (own !== this.turn) {
        return;
      }
      this.say(found.length ? `${found.length} ${found.length === 1 ? 'problem' : 'problems'}` : 'No problems found.', found.length > 0);
      this.problems.replaceChildren(...found.map(problem => make('li', {}, make('b', {}, problem.clip), ` ${problem.reason} `, make('span', { class: 'dim' }, problem.fix))));
    } catch (problem) {
      own === this.turn && this.say(problem.message, true);
    } finally {
      this.check.disabled = false;
    }
  }

  say(text, isProblem = false) {
    this.said.textContent = text;
    this.said.classList.toggle('problem', isProblem);
  }
}
