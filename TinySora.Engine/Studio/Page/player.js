'use strict';

/** All players on the page share one clock, so that the clips of a prompt are synchronized, and continue at the same frame when they are replaced. */
const players = new Set();
const movesLess = matchMedia('(prefers-reduced-motion: reduce)').matches;
let playing = !movesLess;
let clock = 0;
let lastTick = 0;

/** Returns an animated image. With reduced motion, it shows its first frame, and is followed by a button that plays it. */
function moving(attributes) {
  const image = make('img', attributes);
  if (!movesLess) {
    return [image];
  }
  const first = make('canvas', { role: 'img', 'aria-label': attributes.alt });
  image.addEventListener('load', () => {
    [first.width, first.height] = [image.naturalWidth, image.naturalHeight];
    first.getContext('2d').drawImage(image, 0, 0);
    image.replaceWith(first);
  }, { once: true });
  const button = make('button', { type: 'button', class: 'play', 'aria-label': `Play ${attributes.alt}`, onclick: () => {
    const plays = !first.isConnected;
    plays ? image.replaceWith(first) : first.replaceWith(image);
    button.textContent = plays ? 'Play' : 'Pause';
    button.setAttribute('aria-label', `${button.textContent} ${attributes.alt}`);
  } }, 'Play');
  return [image, button];
}

/** Plays a clip on a canvas. */
class Player {
  constructor(canvas) {
    this.canvas = canvas;
    this.frames = [];
    this.shown = -1;
    players.add(this);
  }

  /** @param pixels Bytes for red, green and blue of each pixel in all frames. */
  show(pixels, frames, height, width, frameMilliseconds) {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      [this.canvas.width, this.canvas.height] = [width, height];
    }
    const each = width * height;
    this.frames = Array.from({ length: frames }, (_, frame) => {
      const image = new ImageData(width, height);
      for (let i = 0, from = frame * each * 3, to = 0; i < each; i++, from += 3, to += 4) {
        image.data[to] = pixels[from];
        image.data[to + 1] = pixels[from + 1];
        image.data[to + 2] = pixels[from + 2];
        image.data[to + 3] = 255;
      }
      return image;
    });
    this.milliseconds = frameMilliseconds;
    this.shown = -1;
    this.canvas.classList.add('filled');
    this.draw();
  }

  /** Removes the last clip from the canvas. */
  clear() {
    this.frames = [];
    this.canvas.classList.remove('filled');
    this.canvas.getContext('2d').clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  draw() {
    const frame = this.frames.length ? Math.floor(clock / this.milliseconds) % this.frames.length : -1;
    if (frame !== this.shown && frame >= 0) {
      this.shown = frame;
      this.canvas.getContext('2d').putImageData(this.frames[frame], 0, 0);
    }
  }

  remove() {
    players.delete(this);
  }
}

function tick(now) {
  if (playing) {
    clock += Math.min(now - lastTick, 200);
  }
  lastTick = now;
  players.forEach(player => player.draw());
  requestAnimationFrame(tick);
}

requestAnimationFrame(tick);
