'use strict';

/** Shows the page of runs without a server, from the data in the file. */
const data = JSON.parse($('data').textContent);
new RunsPage($('runs'), { picture: (run, file) => `data:image/gif;base64,${data.pictures[run][file]}` }).show(data.runs);
