'use strict';

async function save() {
  $('save').disabled = true;
  try {
    const saved = await (await send('save', asked)).json();
    $('saved').classList.remove('problem');
    $('saved').textContent = saved.skipped ? `Already saved: ${saved.path}` : `Saved: ${saved.path}`;
    $('command').textContent = saved.command;
  } catch (problem) {
    notSaved(problem);
  }
  $('save').disabled = false;
}

/** Downloads the file that Save would write. */
async function download() {
  try {
    const file = await readFacts(await send('download', asked));
    const link = make('a', { href: URL.createObjectURL(new Blob([file.bytes], { type: 'image/gif' })), download: file.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    $('saved').textContent = '';
  } catch (problem) {
    notSaved(problem);
  }
}

function notSaved(problem) {
  $('saved').classList.add('problem');
  $('saved').textContent = problem.message;
}

/** Copies the command to the clipboard. The start clip is copied next to the saved videos, so that the command refers to files that are not deleted. */
async function copy() {
  try {
    $('command').textContent = (await (await send('command', asked)).json()).command;
  } catch (problem) {
    notSaved(problem);
    return;
  }
  try {
    await navigator.clipboard.writeText($('command').textContent);
    $('copy').textContent = 'Copied';
    setTimeout(() => $('copy').textContent = 'Copy command', 1500);
  } catch {
    // If the browser does not allow access to the clipboard, select the text, so that the user can copy it with a key.
    getSelection().selectAllChildren($('command'));
    $('command').focus();
  }
}
