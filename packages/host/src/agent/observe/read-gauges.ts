// Gauges that are read when somebody asks, and hold nothing in between.
import { Gauge, type Registry } from 'prom-client';

export function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Labels that no longer hold are gone at the next read. */
export function gauges(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  read: () => readonly Sample[],
): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.set({ ...labels }, value);
    },
  });
}
