// One port speaks HTTP/2 with prior knowledge and HTTP/1: the first bytes tell which. They are read, looked at, put back,
// and the socket goes on as if nobody had touched it. A peer that says nothing within the time limit is dropped.
import type { Socket } from 'node:net';

/** How the preface of HTTP/2 begins; every method of HTTP/1 differs within these bytes. */
const PREFACE_START = Buffer.from('PRI ');

/** Generous for a first packet over any network, short for one who holds a connection open for nothing. */
const SILENCE_MS = 20_000;

export interface Protocols {
  http1(socket: Socket): void;
  http2(socket: Socket): void;
}

export function sniff(socket: Socket, protocols: Protocols): void {
  let seen: Buffer = Buffer.alloc(0);
  const silence = setTimeout(() => socket.destroy(), SILENCE_MS);
  const stop = (): void => {
    clearTimeout(silence);
    socket.off('readable', look);
    socket.off('close', stop);
    socket.off('error', ignore);
  };
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      if (socket.readableEnded) socket.destroy();
      return;
    }
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    if (seen.length < PREFACE_START.length) return;
    stop();
    socket.unshift(seen);
    if (seen.subarray(0, PREFACE_START.length).equals(PREFACE_START)) protocols.http2(socket);
    else protocols.http1(socket);
  };
  const ignore = (): void => undefined;
  socket.on('readable', look);
  socket.on('error', ignore);
  socket.on('close', stop);
}
