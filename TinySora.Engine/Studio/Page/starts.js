'use strict';

/** Clips to begin with, and recipes of generated ones. */
const startField = () => model.takesStart ? 'start' : 'prompt';

/** A file that was dropped or chosen. */
const takeFile = file => takeSent(file.name, send(`start?name=${encodeURIComponent(file.name)}`, file));

/** A video of the gallery. */
const takeSaved = name => takeSent(name, send(`recipe?name=${encodeURIComponent(name)}`, new Blob()));

/** A clip of ours gives back what it was made of; any other is begun with. */
async function takeSent(name, sent) {
  try {
    const start = await (await sent).json();
    if (start.recipe) {
      await takeRecipe(start);
    } else if (model.takesStart) {
      beginWith(start, Number($('noise').value));
    } else {
      say('prompt', `${name} holds no recipe, and this model begins with no clip.`);
    }
  } catch (problem) {
    say(startField(), problem.message);
  }
}

async function takeRecipe(clip) {
  const { recipe } = clip;
  let from = null;
  if (recipe.from && model.takesStart) {
    from = await send(`recipe?name=${encodeURIComponent(recipe.from)}`, new Blob()).then(sent => sent.json(), () => null);
  }
  isExample = false;
  $('prompt').value = asked.prompt = recipe.prompt ?? '';
  $('without').value = asked.negativePrompt = recipe.negativePrompt ?? '';
  asked.settings = { ...Object.fromEntries(model.settings.map(({ name, value, least }) => [name, value ?? least])), ...recipe.settings };
  $('sliders').replaceChildren(...model.settings.map(slider));
  showBeginning(from, recipe.noise);
  showSeeds(recipe.seed - recipe.seed % seedsShown);
  takeSeed(recipe.seed);
  const notes = [
    `Prompt, seed and settings are those of ${clip.name}.`,
    recipe.otherModel ? ` It was made with another model, ${recipe.otherModel}.` : '',
    recipe.from && !from ? ` It began with ${recipe.from}, which is not among the saved videos.` : '', ' '];
  say(startField(), ...notes.filter(Boolean), model.takesStart ? make('button', { type: 'button', onclick: () => beginWith(clip, 0.6) }, 'Begin with this clip') : '');
  $(`${startField()}Said`).classList.toggle('problem', Boolean(recipe.otherModel || (recipe.from && !from)));
}

function beginWith(start, noise) {
  showBeginning(start, noise);
  changed();
}

/** @param start { name, width, height, frames }; null: noise alone. */
function showBeginning(start, noise) {
  $('startChosen').hidden = $('noiseRow').hidden = !start;
  $('drop').hidden = Boolean(start);
  [asked.start, asked.noise] = start ? [start.name, noise] : [null, null];
  if (start) {
    $('startName').textContent = `${start.name}, ${start.width} x ${start.height}, ${start.frames} ${start.frames === 1 ? 'frame' : 'frames'}`;
    $('noise').value = $('noiseValue').textContent = noise;
  } else {
    $('startFile').value = '';
  }
}
