// Answers the rounds of BenchmarkAgainstNode: a line with a slip's file, the
// character set and a number of milliseconds on standard input is a round; one
// line of JSON for each encoder is its answer: the nanoseconds that a slip took,
// and the bytes that it made.
'use strict';
const fs = require('fs');
const path = require('path');
const { read, encoders } = require('./encoders.js');

const ready = {};
function prepare(file, encoding) {
  const slip = read(JSON.parse(fs.readFileSync(path.join(__dirname, file))));
  return Object.entries(encoders).map(([name, make]) => {
    const run = make(slip, encoding);
    for (let end = Date.now() + 1000; Date.now() < end;) run(); // warm
    return { name, run };
  });
}

require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const [file, encoding, ms] = line.split(' ');
  ready[file] ||= prepare(file, encoding);
  for (const { name, run } of ready[file]) {
    let n = 0, bytes;
    const start = process.hrtime.bigint(), end = start + BigInt(ms) * 1000000n;
    let now = start;
    while (now < end) {
      for (let i = 0; i < 20; i++) bytes = run();
      n += 20;
      now = process.hrtime.bigint();
    }
    console.log(JSON.stringify({ name, ns: Number(now - start) / n, bytes: Buffer.from(bytes).toString('base64') }));
  }
});
