'use strict';

/** A page with the clips of a folder, their editable captions, and the problems that Test-TinySoraDataset finds. */
class DatasetPage {
  constructor(root, choices) {
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
    this.more.hidden = true;
    if (!skip) {
      this.path = this.folder.value;
      this.problems.replaceChildren();
      this.clips.replaceChildren();
    }

    try {
      const data = await (await send(`dataset?path=${encodeURIComponent(this.path)}&skip=${skip}`)).json();
      this.clips.append(...data.clips.map(clip => this.clip(this.path, clip)));
      const shown = this.clips.children.length;
      this.more.hidden = shown >= data.count;
      this.say(this.more.hidden ? `${figure(data.count)} clips.` : `${figure(shown)} of ${figure(data.count)} clips.`);
    } catch (problem) {
      this.say(problem.message, true);
    }
  }

  clip(path, clip) {
    const said = make('p', { class: 'said', role: 'status' });
    const text = make('textarea', { rows: 2, spellcheck: 'false', 'aria-label': `Caption of ${clip.name}` });
    text.value = clip.caption;
    text.addEventListener('change', async () => {
      try {
        clip.caption = await (await send('caption', { dataPath: path, clip: clip.name, before: clip.caption, caption: text.value })).json();
        said.replaceChildren('Saved.');
        said.classList.remove('problem');
      } catch (problem) {
        said.replaceChildren(problem.message);
        said.classList.add('problem');
      }
    });
    const address = `clip?path=${encodeURIComponent(path)}&name=${encodeURIComponent(clip.name)}`;
    return make('figure', { id: `clip-${clip.name}` }, make('img', { src: address, alt: clip.name, loading: 'lazy' }), make('figcaption', {}, clip.name), text, said);
  }

  async examine() {
    this.check.disabled = true;
    this.say('Reading the clips ...');
    try {
      const found = await (await send(`problems?path=${encodeURIComponent(this.folder.value)}`)).json();
      this.say(found.length ? `${found.length} ${found.length === 1 ? 'problem' : 'problems'}` : 'No problems found.', found.length > 0);
      this.problems.replaceChildren(...found.map(problem => make('li', {}, make('b', {}, problem.clip), ` ${problem.reason} `, make('span', { class: 'dim' }, problem.fix))));
    } catch (problem) {
      this.say(problem.message, true);
    }
    this.check.disabled = false;
  }

  say(text, isProblem = false) {
    this.said.textContent = text;
    this.said.classList.toggle('problem', isProblem);
  }
}
