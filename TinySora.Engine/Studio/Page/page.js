'use strict';

/** Returns the element with the given id. */
const $ = id => document.getElementById(id);

/** Creates an element with attributes and children. Text is never parsed as HTML. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (value !== null && value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children);
  return element;
}

/** Sends a request to the studio. Throws an error with the message of an error response. */
async function send(path, body, more = {}) {
  const options = body === undefined ? {} : { method: 'POST', body: body instanceof Blob ? body : JSON.stringify(body) };
  const answer = await fetch(path, { ...options, ...more });
  if (!answer.ok) {
    const { problem, advice, field } = await answer.json().catch(() => ({ problem: `The studio responded with status ${answer.status}.` }));
    throw Object.assign(new Error(advice ? `${problem} ${advice}` : problem), { status: answer.status, field });
  }
  return answer;
}

/** Reads a line of JSON and the bytes after it. */
async function readFacts(sent) {
  const answer = new Uint8Array(await sent.arrayBuffer());
  const end = answer.indexOf(10);
  return { ...JSON.parse(new TextDecoder().decode(answer.subarray(0, end))), bytes: answer.subarray(end + 1) };
}

/** Reads the description and the pixels of clips; each pixel has a byte for red, green and blue. */
async function readClips(sent) {
  const { bytes, ...facts } = await readFacts(sent);
  const length = facts.frames * facts.height * facts.width * 3;
  return { ...facts, pixels: facts.seeds.map((_, i) => bytes.subarray(i * length, (i + 1) * length)) };
}
