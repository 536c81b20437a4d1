/** Description of the model and its sampling settings, from the metadata of the exported graph. */
const about = JSON.parse(document.getElementById('about').textContent);
const { shape, levels, signal, sigma } = about.sampling;
const numbers = shape.reduce((a, b) => a * b);
const $ = id => document.getElementById(id);

/** Returns the bytes of an embedded part of this file, which is compressed with gzip and encoded as base64. */
async function part(id) {
  const text = atob($(id).textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    bytes[i] = text.charCodeAt(i);
  }
  $(id).remove();
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function open() {
  const script = URL.createObjectURL(new Blob([await part('runtime')], { type: 'text/javascript' }));
  const ort = await import(script);
  ort.env.wasm.wasmBinary = (await part('binary')).buffer;
  ort.env.wasm.numThreads = 1;
  const network = await ort.InferenceSession.create(await part('network'));
  return { ort, network, decoder: $('decoder').textContent ? await ort.InferenceSession.create(await part('decoder')) : null };
}

/** Draws the same standard normal values from a seed as PyTorch on the CPU: MT19937, 24 bits per value, Box-Muller in blocks of 16 values. */
class Noise {
  constructor(seed) {
    this.state = new Uint32Array(624);
    this.state[0] = Number(BigInt.asUintN(32, BigInt(seed)));
    for (let i = 1; i < 624; i++) {
      this.state[i] = Math.imul(1812433253, this.state[i - 1] ^ (this.state[i - 1] >>> 30)) + i;
    }
    this.next = 624;
  }

  bits() {
    const s = this.state;
    if (this.next === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (s[i] & 0x80000000) | (s[(i + 1) % 624] & 0x7fffffff);
        s[i] = s[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.next = 0;
    }
    let y = s[this.next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  uniform() {
    return (this.bits() & 0xffffff) / 0x1000000;
  }

  draw() {
    const values = Float32Array.from({ length: numbers }, () => this.uniform());
    const sixteen = from => {
      for (let i = from; i < from + 8; i++) {
        const radius = Math.sqrt(-2 * Math.log(1 - values[i]));
        const angle = 2 * Math.PI * values[i + 8];
        [values[i], values[i + 8]] = [radius * Math.cos(angle), radius * Math.sin(angle)];
      }
    };
    for (let i = 0; i + 16 <= numbers; i += 16) {
      sixteen(i);
    }
    if (numbers % 16) {
      values.set(Float32Array.from({ length: 16 }, () => this.uniform()), numbers - 16);
      sixteen(numbers - 16);
    }
    return values;
  }
}

const words = prompt => prompt.toLowerCase().match(/[\p{L}\p{Mn}\p{Nd}\p{Pc}]+|[^\p{L}\p{Mn}\p{Nd}\p{Pc}\s]/gu) ?? [];

/** Returns the token IDs of the words in a prompt: 0 is padding, and 1 is any word that the model was not trained on. */
function tokens(prompt) {
  const ids = words(prompt).map(word => about.vocabulary.indexOf(word) + 2);
  return ids.concat(Array(about.tokens).fill(0)).slice(0, about.tokens);
}

const mix = (a, x, b, y) => x.map((value, i) => a * value + b * y[i]);

/** Returns the scales of signal and noise at a timestep; at timesteps below 0, there is no noise. */
const at = t => (t < 0 ? { signal: 1, sigma: 0 } : { signal: signal[t], sigma: sigma[t] });

/** Returns the predicted x0. Both x and the network's prediction are known linear combinations of the clean clip and the noise. */
function cleanClip(x, prediction, level) {
  const [noise, clip] = {
    noise: [1, 0], v: [level.signal, -level.sigma], x0: [0, 1], 'flow-x0': [0, 1], flow: [1, -1],
  }[about.sampling.objective];
  const determinant = noise * level.signal - clip * level.sigma;
  const clip0 = mix(noise / determinant, x, -level.sigma / determinant, prediction);
  return about.sampling.limited ? limited(clip0) : clip0;
}

function limited(clip) {
  const { percentile } = about.sampling;
  if (!percentile) {
    return clip.map(value => Math.min(1, Math.max(-1, value)));
  }
  const sorted = clip.map(Math.abs).sort();
  const place = percentile * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  const limit = Math.max(1, low + (high - low) * (place % 1));
  return clip.map(value => Math.min(limit, Math.max(-limit, value)) / limit);
}

/** Samples a clip in the same way as TinySora, so that the same seed results in the same clip. */
async function sample(model, prompt, seed, guidance, done) {
  const noise = new Noise(seed);
  const ids = about.vocabulary && tokens(prompt);

  async function guess(x, t) {
    const isGuided = ids && guidance !== 1 && t < (about.sampling.guidance_below ?? Infinity);
    const count = isGuided ? 2 : 1;
    const batch = new Float32Array(count * numbers);
    for (let i = 0; i < count; i++) {
      batch.set(x, i * numbers);
    }
    const inputs = {
      x: new model.ort.Tensor('float32', batch, [count, ...shape]),
      level: new model.ort.Tensor('float32', new Float32Array(count).fill(t), [count]),
    };
    if (ids) {
      const rows = (isGuided ? Array(about.tokens).fill(0) : []).concat(ids);
      inputs.tokens = new model.ort.Tensor('int64', BigInt64Array.from(rows, BigInt), [count, about.tokens]);
      if (about.inputs.includes('absent')) {
        const isAbsent = Array.from({ length: count }, (_, i) => Number((isGuided && i === 0) || !ids.some(id => id)));
        inputs.absent = new model.ort.Tensor('bool', Uint8Array.from(isAbsent), [count]);
      }
    }
    const { data } = (await model.network.run(inputs)).prediction;
    const [plain, text] = [data.slice(0, numbers), data.slice(numbers)];
    return cleanClip(x, isGuided ? mix(1 - guidance, plain, guidance, text) : plain, at(t));
  }

  let x = noise.draw();
  let last = null;
  for (let i = 0; i < levels.length; i++) {
    await new Promise(resolve => setTimeout(resolve));
    const s = levels[i + 1] ?? -1;
    const [from, to] = [at(levels[i]), at(s)];
    const x0 = await guess(x, levels[i]);
    x = await step({ from, to, x, x0, last, noise, guess: next => guess(next, s) });
    last = { from, x0 };
    done((i + 1) / levels.length);
  }
  return x;
}

const noiseIn = (x, x0, level) => mix(1 / level.sigma, x, -level.signal / level.sigma, x0);

async function step({ from, to, x, x0, last, noise, guess }) {
  const towards = clip => mix(to.signal, clip, to.sigma, noiseIn(x, clip, from));
  const { sampler } = about.sampling;
  const eta = sampler === 'ddpm' ? 1 : sampler === 'ddim' ? about.sampling.eta : 0;
  if (to.sigma === 0) {
    return towards(x0);
  }
  if (eta > 0) {
    const added = from.sigma ** 2 - (from.signal / to.signal) ** 2 * to.sigma ** 2;
    const fresh = eta * Math.sqrt(added) * to.sigma / from.sigma;
    const kept = mix(to.signal, x0, Math.sqrt(to.sigma ** 2 - fresh ** 2), noiseIn(x, x0, from));
    return mix(1, kept, fresh, noise.draw());
  }
  if (sampler === 'dpm++2m' && last) {
    const ratio = level => Math.log(level.signal / level.sigma);
    const share = (ratio(to) - ratio(from)) / (2 * (ratio(from) - ratio(last.from)));
    return towards(mix(1 + share, x0, -share, last.x0));
  }
  if (sampler === 'heun') {
    const euler = towards(x0);
    const [a, b] = [from.signal + from.sigma, to.signal + to.sigma];
    const next = await guess(euler);
    const velocity = mix(1, noiseIn(euler, next, to), -1, next);
    return mix(0.5, euler, 0.5 * b, mix(1 / a, x, to.sigma / b - from.sigma / a, velocity));
  }
  return towards(x0);
}

/** Returns the pixels in [0, 1], and their shape: channels, frames, rows, columns. */
async function decoded(model, x) {
  if (!model.decoder) {
    return { pixels: x.map(value => (value + 1) / 2), size: shape };
  }
  const { clips } = await model.decoder.run({ x: new model.ort.Tensor('float32', x, [1, ...shape]) });
  return { pixels: clips.data, size: clips.dims.slice(1) };
}

/** Converts the pixels to one image per frame, for the canvas. */
function images({ pixels, size: [channels, frameCount, height, width] }) {
  const each = width * height;
  return Array.from({ length: frameCount }, (_, frame) => {
    const image = new ImageData(width, height);
    for (let i = 0; i < each; i++) {
      for (let c = 0; c < 4; c++) {
        const channel = channels === 1 && c < 3 ? 0 : c;
        image.data[4 * i + c] = channel < channels ? pixels[(channel * frameCount + frame) * each + i] * 255 : 255;
      }
    }
    return image;
  });
}

let frames = [];
let shown = 0;
let playing = !matchMedia('(prefers-reduced-motion: reduce)').matches;
const largestSeed = 2n ** 63n - 1n;
const model = open();
model.then(() => {
  $('said').textContent = 'Ready.';
  document.body.dataset.ready = true;
}, tell);

function tell(error) {
  $('problem').textContent = `The clip cannot be generated: ${error.message ?? error}`;
  $('problem').hidden = false;
}

/** Returns the seed in the field plus a number. Seeds are not limited to the range in which a Number is exact. */
function seedPlus(more) {
  const text = $('seed').value || '0';
  const seed = /^\d+$/.test(text) && !$('seed').validity.badInput ? BigInt(text) + more : -1n;
  if (seed < 0 || seed > largestSeed) {
    throw new RangeError(`the seed must be a whole number from 0 to ${largestSeed}.`);
  }
  return seed;
}

/** Generates the clip of the seed in the field plus a number. The buttons are disabled meanwhile, so that generations do not overlap. */
async function make(more) {
  $('make').disabled = $('another').disabled = true;
  $('problem').hidden = true;
  try {
    const seed = seedPlus(more);
    $('seed').value = seed;
    const unknown = about.vocabulary ? words($('prompt').value).filter(word => /[\p{L}\p{Nd}]/u.test(word) && !about.vocabulary.includes(word)) : [];
    const started = performance.now();
    const opened = await model;
    const clip = await sample(opened, $('prompt').value, seed, about.sampling.guidance, share => {
      $('said').textContent = `${Math.round(100 * share)} %`;
    });
    [frames, shown] = [images(await decoded(opened, clip)), 0];
    [$('clip').width, $('clip').height] = [frames[0].width, frames[0].height];
    draw();
    $('play').hidden = false;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    $('said').textContent = unknown.length ? `The model was not trained on: ${[...new Set(unknown)].join(', ')}.` : `Generated in ${seconds} s.`;
    document.body.dataset.made = Number(document.body.dataset.made ?? 0) + 1;
  } catch (error) {
    tell(error);
  }
  $('make').disabled = $('another').disabled = false;
}

const draw = () => $('clip').getContext('2d').putImageData(frames[shown++ % frames.length], 0, 0);

function play(on) {
  playing = on;
  $('play').textContent = on ? 'Pause' : 'Play';
  $('play').setAttribute('aria-pressed', on);
}

$('form').addEventListener('submit', event => {
  event.preventDefault();
  make(0n);
});
$('another').addEventListener('click', () => make(1n));
$('play').addEventListener('click', () => play(!playing));
play(playing);
$('words').textContent = about.vocabulary
  ? `Words that the model was trained on: ${about.vocabulary.filter(word => /\p{L}/u.test(word)).join(', ')}.` : 'The model generates clips without a prompt.';
$('prompt').hidden = !about.vocabulary;
[$('clip').width, $('clip').height] = shape.slice(2).reverse();
setInterval(() => {
  if (playing && frames.length) {
    draw();
  }
}, about.sampling.frame_milliseconds);
globalThis.maker = { Noise, pixels: () => frames.map(frame => [...frame.data]) };
