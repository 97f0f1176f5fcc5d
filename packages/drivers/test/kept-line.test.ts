import http from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../../tests/support/ports.js';
import { KeptLine } from '../src/node/kept-line.js';

let server: http.Server | undefined;
let connections = 0;

async function listen(port: number, answer: http.RequestListener): Promise<void> {
  server = http.createServer(answer);
  server.on('connection', () => {
    connections++;
  });
  await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve));
}

async function end(): Promise<void> {
  const ended = new Promise((resolve) => (server?.listening ? server.close(resolve) : resolve(undefined)));
  server?.closeAllConnections();
  await ended;
}

afterEach(async () => {
  await end();
  connections = 0;
});

const newLine = async (): Promise<{ readonly port: number; readonly line: KeptLine }> => {
  const [port] = await freePorts(1);
  return { port: port!, line: new KeptLine(`http://127.0.0.1:${port}/vitals`) };
};

describe('a kept line', () => {
  it('asks again and again over one connection', async () => {
    const { port, line } = await newLine();
    await listen(port, (request, response) => void response.end(request.url));
    for (let times = 0; times < 5; times++)
      expect(await line.get(1000)).toEqual({ kind: 'answered', status: 200, body: '/vitals' });
    expect(connections).toBe(1);
  });

  it('leaves nothing behind on its connection, however often it asks', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    const { port, line } = await newLine();
    await listen(port, (_request, response) => void response.end());
    for (let times = 0; times < 20; times++) await line.get(1000);
    // Warnings are told in a turn of their own.
    await new Promise((resolve) => setImmediate(resolve));
    process.removeListener('warning', warned);
    expect(warnings).toEqual([]);
  });

  it('that has broken says nothing of the member: the question goes once more over a fresh one', async () => {
    const { port, line } = await newLine();
    let broken = false;
    await listen(port, (request, response) => {
      if (connections > 1 || !broken) return void response.end('well');
      request.socket.destroy();
    });
    await line.get(1000);
    broken = true;
    expect(await line.get(1000)).toEqual({ kind: 'answered', status: 200, body: 'well' });
    expect(connections).toBe(2);
  });

  it('to a member that has ended says that nobody listens, and to one that is back that it answers', async () => {
    const { port, line } = await newLine();
    await listen(port, (_request, response) => void response.end('first life'));
    await line.get(1000);
    await end();
    expect(await line.get(1000)).toEqual({ kind: 'refused' });
    await listen(port, (_request, response) => void response.end('second life'));
    expect(await line.get(1000)).toMatchObject({ body: 'second life' });
  });

  it('to a member that does not answer is silent in time, and asks the next time over a fresh one', async () => {
    const { port, line } = await newLine();
    let deaf = true;
    await listen(port, (_request, response) => {
      if (!deaf) response.end('awake');
    });
    expect(await line.get(50)).toEqual({ kind: 'silent' });
    deaf = false;
    expect(await line.get(1000)).toMatchObject({ body: 'awake' });
    expect(connections).toBe(2);
  });

  it('whose answer breaks off, or never ends, is silent', async () => {
    const { port, line } = await newLine();
    let answer: http.RequestListener = (request, response) => {
      response.write('half');
      setImmediate(() => request.socket.destroy());
    };
    await listen(port, (request, response) => answer(request, response));
    expect(await line.get(1000)).toEqual({ kind: 'silent' });
    answer = (_request, response) => void response.end('x'.repeat(100_000));
    expect(await line.get(1000)).toEqual({ kind: 'silent' });
  });
});
