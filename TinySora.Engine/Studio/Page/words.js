'use strict';

/**
  * Shows the words that the model was trained on as buttons, grouped by kind. They are a single tab stop; the arrow keys move between them.
  * @param kinds Groups of words, each { name, words }.
 */
function showWords(kinds, take) {
  const chips = kinds.flatMap(kind => kind.words.map(word => make('button', { type: 'button', tabindex: -1, onclick: () => take(word) }, word)));
  let at = 0;
  $('words').replaceChildren(...kinds.map(kind => {
    const own = chips.slice(at, at += kind.words.length);
    return make('div', { role: 'group', 'aria-label': kind.name }, make('span', { class: 'dim' }, kind.name), ...own);
  }));
  if (!chips.length) {
    return;
  }
  chips[0].tabIndex = 0;
  $('words').onkeydown = event => {
    const here = chips.indexOf(document.activeElement);
    const next = { ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: chips.length - 1 }[event.key];
    if (here >= 0 && next !== undefined) {
      event.preventDefault();
      chips[(next + chips.length) % chips.length].focus();
    }
  };
  chips.forEach(chip => chip.addEventListener('focus', () => chips.forEach(other => other.tabIndex = other === chip ? 0 : -1)));
}

/** Appends a word to the typed text, or completes it if the user has typed its beginning. */
function withWord(typed, word) {
  const begun = typed.slice(typed.lastIndexOf(' ') + 1);
  const before = begun && word.startsWith(begun.toLowerCase()) ? typed.slice(0, typed.length - begun.length) : typed && !typed.endsWith(' ') ? `${typed} ` : typed;
  return `${before}${word} `;
}

/** Whether a text contains a word, ignoring case. */
const hasWord = (text, word) => wordIn(word).test(text);

/** Replaces one word of a text. */
const replaceWord = (text, word, other) => text.replace(wordIn(word), `$1${other}`);

const wordIn = word => new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'iu');
