import { utf8Encode } from '@reknit/base';
import { openKeySpace } from '@reknit/mvcc';
import { describe, expect, test } from 'vitest';
import { flush, positionAt, put } from '../support/requests.js';
import { backEnds } from './back-ends.js';

const STAGE = utf8Encode('{"epoch":2}');

describe.each(backEnds())('the record beside the keys, on $name', ({ newHome }) => {
  test('is empty at first, and as old as the state: what was not flushed comes from the log again', async () => {
    const home = newHome();
    const space = openKeySpace(home, { branch: 'b' });
    expect(space.configuration).toHaveLength(0);
    space.configure(STAGE);
    space.end(positionAt(1));
    expect(openKeySpace(home, { branch: 'b' }).configuration).toHaveLength(0);
    await flush(space);
    const again = openKeySpace(home, { branch: 'b' });
    expect([again.configuration, again.flushed]).toEqual([STAGE, positionAt(1)]);
  });

  test('travels in a snapshot, and changes neither revision nor hash', async () => {
    const source = openKeySpace(newHome(), { branch: 'b' });
    put(source, 'k', 'v');
    const { revision } = source;
    source.configure(STAGE);
    expect(source.revision).toBe(revision);
    source.end(positionAt(2));
    await flush(source);
    const target = openKeySpace(newHome(), { branch: 'b' });
    const snapshot = source.snapshot();
    const sink = target.beginInstall(snapshot.position);
    for (let piece = snapshot.next(1000); piece !== undefined; piece = snapshot.next(1000)) sink.add(piece);
    await new Promise<void>((resolve, reject) => {
      sink.finish((error) => (error === undefined ? resolve() : reject(error)));
    });
    expect(target.configuration).toEqual(STAGE);
  });
});
