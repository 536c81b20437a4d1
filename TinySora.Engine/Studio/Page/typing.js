'use strict';

const seedsShown = 8;
const seedsAtOnce = 4;
const largestSeed = Number.MAX_SAFE_INTEGER;
const seedProblem = `The seed must be a whole number from 0 to ${largestSeed}.`;
const fields = ['prompt', 'seed', 'settings', 'without', 'start'];
const page = crypto.randomUUID();
const main = new Player($('clip'));
const asked = { prompt: '', negativePrompt: '', seed: 0, settings: {}, start: null, noise: null };
let model;
let isExample = false;
let turn = 0;
let firstSeed = 0;
let waiting = new AbortController();
let thumbs = [];

const clips = async (order, signal) => readClips(await send('clip', { ...asked, page, ...order }, { signal }));
const show = (player, made, index) => player.show(made.pixels[index], made.frames, made.height, made.width, made.frameMilliseconds);

/** Time in milliseconds after which a spinner appears if no clip has arrived. */
const slowMilliseconds = 400;

/**
 * Requests clips after any change: first a draft that is ready before the next keystroke, then the clip with all steps, then clips of other seeds. A newer
 * change cancels these requests.
 */
async function changed() {
  const began = performance.now();
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const own = ++turn;
  fields.forEach(field => say(field));
  $('saved').textContent = '';
  if (document.activeElement !== $('seed')) {
    $('seed').value = asked.seed; // Restore the previous seed if the entered one was invalid.
  }
  keepAsked();
  if (model.takesText && !asked.prompt.trim() && !asked.start) {
    clear();
    return;
  }
  $('typing').classList.remove('empty');
  stale(true);
  const slow = setTimeout(() => $('stage').classList.add('slow'), slowMilliseconds);
  signal.addEventListener('abort', () => clearTimeout(slow));
  try {
    for (const draft of [true, false]) {
      const made = await clips({ turn: own, draft }, signal);
      show(main, made, 0);
      $('stage').classList.remove('stale');
      tell(made, performance.now() - began);
      if (!made.isDraft) {
        break;
      }
    }
    rest(slow);
    for (let at = 0; at < seedsShown; at += seedsAtOnce) {
      const made = await clips({ turn: own, seed: firstSeed + at, count: seedsAtOnce }, signal);
      made.seeds.forEach((_, i) => {
        show(thumbs[at + i], made, i);
        $('seeds').children[at + i].classList.remove('stale');
      });
    }
    document.body.dataset.rests = own;
  } catch (problem) {
    if (problem.name !== 'AbortError' && problem.status !== 409) {
      rest(slow);
      refused(problem);
    }
  }
}

function rest(slow) {
  clearTimeout(slow);
  $('stage').classList.remove('slow');
}

/** Sets whether the shown clips are marked as belonging to an earlier prompt. */
function stale(is) {
  [$('stage'), ...$('seeds').children].forEach(element => element.classList.toggle('stale', is));
}

/** Clears the page, because there is neither a prompt nor a start clip. */
function clear() {
  $('typing').classList.add('empty');
  $('stage').classList.remove('slow', 'stale');
  [main, ...thumbs].forEach(player => player.clear());
  $('speed').textContent = $('command').textContent = '';
}

/** Shows an error at the field that caused it. If the example prompt caused it, the prompt is cleared without an error. */
function refused(problem) {
  if (isExample && problem.field === 'prompt') {
    isExample = false;
    write('');
  } else {
    say(problem.field ?? 'prompt', problem.message);
    $('speed').textContent = '';
  }
}

function tell(made, milliseconds) {
  const whole = Math.round(milliseconds);
  document.body.dataset[made.isDraft ? 'draft' : 'whole'] = `${whole}`;
  $('speed').textContent = made.isDraft ? 'Draft' : 'Ready';
  $('speed').title = `${made.units} ${made.units === 1 ? 'step' : 'steps'}, ${Math.round(made.milliseconds)} ms; ${whole} ms since the keystroke`;
  $('command').textContent = made.command;
  for (const [field, text] of [['prompt', asked.prompt], ['without', asked.negativePrompt]]) {
    const unknown = made.unknownWords.map((word, i) => ({ word, meant: made.meant[i] })).filter(({ word }) => hasWord(text, word));
    if (unknown.length) {
      say(field, `The model was not trained on ${unknown.map(({ word }) => `\u201c${word}\u201d`).join(', ')}. `, ...unknown.filter(({ meant }) => meant).map(correction(field)));
    }
  }
  if (made.ignoresNegative) {
    say('without', 'This has no effect, because the guidance scale is 1. To use it, set another guidance scale.');
  }
}

/** Creates a button that replaces an unknown word with the most similar word that the model was trained on. */
const correction = field => ({ word, meant }, i) => make('span', {}, i ? ' ' : 'Did you mean ',
  make('button', { type: 'button', onclick: () => {
    $(field).value = replaceWord($(field).value, word, meant);
    $(field).dispatchEvent(new Event('input'));
    $(field).focus();
  } }, meant), '?');

/** Shows a problem at a field; without parts, clears the field's problem. */
function say(field, ...parts) {
  $(`${field}Said`).replaceChildren(...parts);
  $(`${field}Said`).classList.toggle('problem', parts.length > 0);
  $(field)?.setAttribute('aria-invalid', parts.length > 0);
}

/** Stores the request in the address of the page. */
function keepAsked() {
  const usual = usualSettings();
  const settings = Object.fromEntries(model.settingNames.map(name => [name, asked.settings[name] === usual[name] ? null : asked.settings[name] ?? null]));
  keep({ prompt: isExample ? null : asked.prompt, without: asked.negativePrompt, seed: asked.seed || null, ...settings });
}

/** Returns the defaults of the settings with a slider. Settings without a default are omitted, because no value of the slider is equal to none. */
const usualSettings = () => Object.fromEntries(model.settings.filter(({ value }) => value !== null).map(({ name, value }) => [name, value]));

/** Returns the number in a text; null if it is not a valid seed. */
const seedIn = text => /^\d+$/.test(text) && Number(text) <= largestSeed ? Number(text) : null;

/** Restores the request from the address of the page. Returns whether the seed in the address is valid. */
function takeKept() {
  isExample = !kept.has('prompt') && !model.prompt && Boolean(model.example);
  takePrompts(kept.get('prompt') ?? model.prompt ?? model.example, kept.get('without'));
  const seed = seedIn(kept.get('seed') ?? '0');
  $('seed').value = asked.seed = seed ?? 0;
  const names = model.settingNames.filter(name => kept.has(name));
  asked.settings = { ...usualSettings(), ...Object.fromEntries(names.map(name => [name, numberOr(kept.get(name))])) };
  return seed !== null;
}

/** Returns the number in a text; the text itself if it is not a number, such as the name of a sampler. */
const numberOr = text => text.trim() && Number.isFinite(Number(text)) ? Number(text) : text;

/** Sets the prompts without requesting a clip. A model that does not accept text gets none, because the page would not show it. */
function takePrompts(prompt, without) {
  $('prompt').value = asked.prompt = model.takesText && prompt || '';
  $('without').value = asked.negativePrompt = model.takesText && without || '';
}

function slider(control) {
  const value = asked.settings[control.name];
  const id = `set-${control.name}`;
  const output = make('output', { for: id }, `${value ?? 'default'}`);
  const title = control.name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return make('div', { class: 'slider', title: control.description },
    make('label', { for: id }, title[0].toUpperCase() + title.slice(1)), output,
    make('input', {
      id, type: 'range', min: control.least, max: control.most, step: control.increment, value: value ?? control.most,
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

/** Sets the prompt as if the user had typed it. */
function write(text) {
  $('prompt').value = text;
  $('prompt').dispatchEvent(new Event('input'));
}

function listen() {
  $('prompt').addEventListener('input', event => { isExample = false; asked.prompt = event.target.value; changed(); });
  $('without').addEventListener('input', event => { asked.negativePrompt = event.target.value; changed(); });
  $('seed').addEventListener('input', event => {
    const seed = seedIn(event.target.value);
    seed === null ? say('seed', seedProblem) : takeSeed(seed);
  });
  $('noise').addEventListener('input', event => {
    asked.noise = Number(event.target.value);
    $('noiseValue').textContent = event.target.value;
    changed();
  });
  $('other').addEventListener('click', () => takeSeed(Math.floor(Math.random() * 100000)));
  $('more').addEventListener('click', () => { showSeeds(firstSeed + seedsShown); changed(); });
  $('play').addEventListener('click', () => play(!playing));
  $('save').addEventListener('click', save);
  $('download').addEventListener('click', download);
  $('copy').addEventListener('click', copy);
  $('startFile').addEventListener('change', event => event.target.files[0] && takeFile(event.target.files[0]));
  $('startGone').addEventListener('click', () => beginWith(null));
  addEventListener('keydown', event => {
    if ($('typing').hidden) {
      return;
    }
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
      if (!event.dataTransfer.types.includes('Files')) {
        return; // Text can be dragged into a field.
      }
      event.preventDefault();
      document.body.classList.toggle('over', over);
      if (name === 'drop' && event.dataTransfer.files[0]) {
        turnTo('typing');
        takeFile(event.dataTransfer.files[0]);
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
  const isSeedValid = takeKept();
  $('sliders').replaceChildren(...model.settings.map(slider));
  showWords(model.kinds, word => { write(withWord($('prompt').value, word)); $('prompt').focus(); });
  $('startPart').hidden = !model.takesStart;
  $('prompt').hidden = $('withoutPart').hidden = !model.takesText;
  listen();
  play(playing);
  showSeeds(0);
  changed();
  isSeedValid || say('seed', seedProblem);
  if (isExample) {
    $('prompt').select(); // Typing replaces the selected prompt.
  }
}

begin().catch(problem => say('prompt', problem.message));
