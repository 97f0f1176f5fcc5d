// One instance as the driver holds it: what is declared, where it runs, and how far its present life has come.
import { join } from 'node:path';
import type { TailPosition } from '@reknit/recovery';
import { Changes } from './changes.js';
import { type ProcessComponent, subjectsOf } from './component.js';
import { instantiate, type ProcessInstance } from './instantiate.js';
import { Places } from './places.js';

export interface Member {
  /** Shared by all instances of a component, as the places are. */
  readonly changes: Changes;
  readonly places: Places;
  /** As it is to be run now; another after a move or a roll-back. */
  instance: ProcessInstance;
  /** Whose boot the detectors look after. */
  watched: string | undefined;
  /** Where the present life's output begins. */
  outputFrom: TailPosition | undefined;
}

/** @param now wall-clock milliseconds */
export function membersOf(component: ProcessComponent, directory: string, now: number): [string, Member][] {
  const places = new Places(component, join(directory, `${component.name}.places.json`));
  const changes = new Changes(component, join(directory, `${component.name}.changes.json`), now);
  return subjectsOf(component).map((subject) => {
    const instance = instantiate(changes.component, places.of(subject));
    return [subject, { changes, places, instance, watched: undefined, outputFrom: undefined }];
  });
}
