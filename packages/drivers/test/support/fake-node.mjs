// A node as the driver sees one: health, identity, exit journal. What it does is told by its arguments.
//   --name N --port P --data-dir D --secret-hex H [--exit-code C] [--lie] [--ignore-term] [--suspects PEER]
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';

const value = (flag) => process.argv[process.argv.indexOf(`--${flag}`) + 1];
const has = (flag) => process.argv.includes(`--${flag}`);

const name = value('name');
const bootId = randomBytes(6).toString('hex');
const incarnation = `data-of-${name}`;
const startTime = Number(readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ')[19]);

function leave(reason, code) {
  writeFileSync(`${value('data-dir')}/exit.json`, JSON.stringify({ bootId, pid: process.pid, at: Date.now(), reason }));
  process.exit(code);
}

if (has('exit-code')) {
  console.log('fatal: told to fail');
  leave('fatal: told to fail', Number(value('exit-code')));
}
process.on('SIGTERM', () => has('ignore-term') || leave('signal SIGTERM', 0));

function identity(challenge) {
  const secret = has('lie') ? Buffer.from('another secret') : Buffer.from(value('secret-hex'), 'hex');
  const text = `${challenge}|${process.pid}|${startTime}|${incarnation}|${bootId}`;
  const proof = createHmac('sha256', secret).update(text).digest('hex');
  return { name, memberId: '1', clusterId: '2', incarnation, bootId, pid: process.pid, startTime, proof };
}

const vitals = has('suspects') ? { loopDelayMs: 0, logSyncMs: 1, suspectedPeers: [value('suspects')] } : {};

function compute(ms) {
  const end = Date.now() + ms;
  while (Date.now() < end) createHmac('sha256', 'k').update('x').digest();
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/health') return response.end('{"health":"true","reason":""}');
  if (url.pathname === '/reknit/vitals') return response.end(JSON.stringify(vitals));
  if (url.pathname === '/reknit/identity') return response.end(JSON.stringify(identity(url.searchParams.get('challenge'))));
  if (url.pathname === '/block') {
    response.end('');
    return setImmediate(() => compute(Number(url.searchParams.get('ms'))));
  }
  response.statusCode = 404;
  response.end();
});
server.listen(Number(value('port')), '127.0.0.1', () => console.log('ready to serve client requests'));
