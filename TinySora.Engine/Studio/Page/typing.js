'use strict';

const seedsShown = 8;
const seedsAtOnce = 4;
const page = crypto.randomUUID();
const main = new Player($('clip'));
const asked = { prompt: '', negativePrompt: '', seed: 0, settings: {}, start: null, noise: null };
let model;
let turn = 0;
let firstSeed = 0;
let waiting = new AbortController();
let thumbs = [];

const clips = async (order, signal) => readClips(await send('clip', { ...asked, page, ...order }, { signal }));
const show = (player, made, index) => player.show(made.pixels[index], made.frames, made.height, made.width, made.frameMilliseconds);

/** A key, a slider, a seed: first a draft that is there before the next key, then all steps, then the other seeds. Whatever is newer stops it. */
async function changed() {
  const began = performance.now();
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const own = ++turn;
  $('saved').textContent = '';
  if (model.takesText && !asked.prompt.trim() && !asked.start) {
    say('');
    return;
  }
  try {
    for (const draft of [true, false]) {
      const made = await clips({ turn: own, draft }, signal);
      show(main, made, 0);
      tell(made, performance.now() - began);
      if (!made.isDraft) {
        break;
      }
    }
    for (let at = 0; at < seedsShown; at += seedsAtOnce) {
      const made = await clips({ turn: own, seed: firstSeed + at, count: seedsAtOnce }, signal);
      made.seeds.forEach((_, i) => show(thumbs[at + i], made, i));
    }
    document.body.dataset.rests = own;
  } catch (problem) {
    if (problem.name !== 'AbortError' && problem.status !== 409) {
      say(problem.message, true);
    }
  }
}

function tell(made, milliseconds) {
  const whole = Math.round(milliseconds);
  document.body.dataset[made.isDraft ? 'draft' : 'whole'] = `${whole}`;
  $('speed').textContent = `${made.units} ${made.units === 1 ? 'step' : 'steps'}${made.isDraft ? ' while you type' : ''}, `
    + `${Math.round(made.milliseconds)} ms; ${whole} ms from the key`;
  $('command').textContent = made.command;
  say(made.unknownWords.length ? `The model has never seen: ${made.unknownWords.join(', ')}` : '');
}

function say(text, isProblem = false) {
  $('said').textContent = text;
  $('said').classList.toggle('problem', isProblem);
}

function slider(control) {
  const value = asked.settings[control.name] = control.value ?? control.least;
  const id = `set-${control.name}`;
  const output = make('output', { for: id }, `${value}`);
  const title = control.name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return make('div', { class: 'slider', title: control.description },
    make('label', { for: id }, title[0].toUpperCase() + title.slice(1)), output,
    make('input', {
      id, type: 'range', min: control.least, max: control.most, step: control.increment, value,
      oninput: event => {
        output.textContent = event.target.value;
        asked.settings[control.name] = Number(event.target.value);
        changed();
      },
    }));
}

function takeSeed(seed) {
  asked.seed = seed;
  $('seed').value = seed;
  [...$('seeds').children].forEach((button, i) => button.setAttribute('aria-pressed', firstSeed + i === seed));
  changed();
}

function showSeeds(first) {
  firstSeed = first;
  thumbs.forEach(player => player.remove());
  thumbs = [];
  $('seeds').replaceChildren(...Array.from({ length: seedsShown }, (_, i) => {
    const canvas = make('canvas', { width: 32, height: 32, 'aria-hidden': 'true' });
    thumbs.push(new Player(canvas));
    return make('button', { type: 'button', 'aria-label': `Seed ${first + i}`, 'aria-pressed': first + i === asked.seed, onclick: () => takeSeed(first + i) },
      canvas, `${first + i}`);
  }));
}

/** A word of the model behind what is typed; the one that is being typed becomes it. */
function takeWord(word) {
  const typed = $('prompt').value;
  const begun = typed.slice(typed.lastIndexOf(' ') + 1);
  $('prompt').value = (begun && word.startsWith(begun.toLowerCase()) ? typed.slice(0, typed.length - begun.length) : typed && !typed.endsWith(' ') ? `${typed} ` : typed) + word + ' ';
  asked.prompt = $('prompt').value;
  $('prompt').focus();
  changed();
}

async function takeStart(file) {
  try {
    const start = await (await send(`start?name=${encodeURIComponent(file.name)}`, file)).json();
    asked.start = start.name;
    asked.noise = Number($('noise').value);
    $('startName').textContent = `${start.name}, ${start.width} x ${start.height}, ${start.frames} ${start.frames === 1 ? 'frame' : 'frames'}`;
    showStart(true);
  } catch (problem) {
    say(problem.message, true);
  }
}

function showStart(there) {
  $('startChosen').hidden = $('noiseRow').hidden = !there;
  $('drop').hidden = there;
  if (!there) {
    asked.start = asked.noise = null;
    $('startFile').value = '';
  }
  $('noiseValue').textContent = $('noise').value;
  changed();
}

async function save() {
  $('save').disabled = true;
  try {
    const saved = await (await send('save', asked)).json();
    $('saved').classList.remove('problem');
    $('saved').textContent = saved.skipped ? `It is there already: ${saved.path}` : `Saved: ${saved.path}`;
    $('command').textContent = saved.command;
  } catch (problem) {
    $('saved').classList.add('problem');
    $('saved').textContent = problem.message;
  }
  $('save').disabled = false;
}

async function copy() {
  try {
    await navigator.clipboard.writeText($('command').textContent);
    $('copy').textContent = 'Copied';
    setTimeout(() => $('copy').textContent = 'Copy as a command', 1500);
  } catch {
    // The browser does not allow it: it is selected, so that a key does.
    getSelection().selectAllChildren($('command'));
    $('command').focus();
  }
}

function listen() {
  $('prompt').addEventListener('input', event => { asked.prompt = event.target.value; changed(); });
  $('without').addEventListener('input', event => { asked.negativePrompt = event.target.value; changed(); });
  $('seed').addEventListener('input', event => takeSeed(Math.max(0, Math.floor(Number(event.target.value)) || 0)));
  $('noise').addEventListener('input', event => {
    asked.noise = Number(event.target.value);
    $('noiseValue').textContent = event.target.value;
    changed();
  });
  $('other').addEventListener('click', () => takeSeed(Math.floor(Math.random() * 100000)));
  $('more').addEventListener('click', () => { showSeeds(firstSeed + seedsShown); changed(); });
  $('play').addEventListener('click', () => play(!playing));
  $('save').addEventListener('click', save);
  $('copy').addEventListener('click', copy);
  $('startFile').addEventListener('change', event => event.target.files[0] && takeStart(event.target.files[0]));
  $('startGone').addEventListener('click', () => showStart(false));
  addEventListener('keydown', event => {
    if (event.ctrlKey && event.key === 's') {
      event.preventDefault();
      save();
    } else if (event.altKey && event.key === 'n') {
      event.preventDefault();
      $('other').click();
    }
  });
  for (const [name, over] of [['dragover', true], ['dragleave', false], ['drop', false]]) {
    addEventListener(name, event => {
      event.preventDefault();
      document.body.classList.toggle('over', over && model.takesStart);
      if (name === 'drop' && model.takesStart && event.dataTransfer.files[0]) {
        takeStart(event.dataTransfer.files[0]);
      }
    });
  }
}

function play(on) {
  playing = on;
  $('play').textContent = on ? 'Pause' : 'Play';
  $('play').setAttribute('aria-pressed', on);
}

async function begin() {
  model = await (await send('model')).json();
  $('model').textContent = `${model.checkpoint}, step ${model.step}, ${model.shape}`;
  $('sliders').replaceChildren(...model.settings.map(slider));
  $('words').replaceChildren(...model.words.map(word => make('button', { type: 'button', onclick: () => takeWord(word) }, word)));
  $('startPart').hidden = !model.takesStart;
  $('prompt').hidden = $('without').hidden = $('withoutLabel').hidden = !model.takesText;
  $('prompt').value = asked.prompt = model.prompt ?? '';
  listen();
  play(playing);
  showSeeds(0);
  changed();
}

begin().catch(problem => say(problem.message, true));
