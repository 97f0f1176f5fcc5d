// Listens, tells the protocols apart, counts, and closes. What speaks HTTP/2 is an engine behind an interface.
import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { MethodTable } from '../method-table.js';
import type { GrpcServer, ServerOptions, ServerStatistics } from '../server.js';
import type { EngineOptions, Http2Engine } from './engine.js';
import { createHttp1Server } from './http.js';
import { Ports } from './ports.js';
import { sniff } from './sniffer.js';
import { Ticker } from './ticker.js';

export interface BoundGrpcServer extends GrpcServer {
  /** `host:port` of each bound address, with the real port where 0 was asked for. */
  readonly boundAddresses: readonly string[];
}

export class NodeGrpcServer implements BoundGrpcServer {
  readonly #options: ServerOptions;
  readonly #ports: Ports;
  readonly #ticker: Ticker = new Ticker();
  readonly #engine: Http2Engine;
  readonly #http1: HttpServer;
  readonly #sockets: Set<Socket> = new Set();
  /** Those that have not yet shown which protocol they speak. */
  readonly #undecided: Set<Socket> = new Set();
  #openCalls = 0;
  /** Of connections that are gone. */
  #pastReceivedBytes = 0;
  #pastSentBytes = 0;
  #onLastDisconnected: (() => void) | undefined;

  constructor(options: ServerOptions, createEngine: (options: EngineOptions) => Http2Engine) {
    this.#options = options;
    this.#ports = new Ports((socket) => this.#connected(socket));
    this.#http1 = createHttp1Server(options.http, options.receiveBytesMax);
    this.#engine = createEngine({
      table: new MethodTable(options.services),
      http: options.http,
      environment: this.#environment(),
    });
  }

  get boundAddresses(): readonly string[] {
    return this.#ports.addresses;
  }

  listen(): Promise<void> {
    return this.#ports.bind(this.#options.addresses);
  }

  statistics(): ServerStatistics {
    let receivedBytes = this.#pastReceivedBytes;
    let sentBytes = this.#pastSentBytes;
    for (const socket of this.#sockets) {
      receivedBytes += socket.bytesRead;
      sentBytes += socket.bytesWritten;
    }
    return { connections: this.#sockets.size, openCalls: this.#openCalls, receivedBytes, sentBytes };
  }

  async close(graceMs: number): Promise<void> {
    this.#ports.close();
    this.#engine.retire();
    for (const socket of this.#undecided) socket.destroy();
    this.#http1.keepAliveTimeout = 1;
    this.#http1.closeIdleConnections();
    await this.#disconnectedOrAfter(graceMs);
    for (const socket of this.#sockets) socket.destroy();
    await this.#disconnectedOrAfter(Number.POSITIVE_INFINITY);
    this.#ticker.stop();
  }

  #environment(): EngineOptions['environment'] {
    return {
      receiveBytesMax: this.#options.receiveBytesMax,
      deadlines: this.#ticker.deadlines,
      callBegan: () => {
        this.#openCalls++;
        this.#ticker.wake();
      },
      callEnded: () => {
        this.#openCalls--;
      },
    };
  }

  #connected(socket: Socket): void {
    this.#sockets.add(socket);
    this.#undecided.add(socket);
    socket.on('close', () => this.#disconnected(socket));
    sniff(socket, {
      http1: (accepted) => {
        this.#undecided.delete(accepted);
        this.#http1.emit('connection', accepted);
      },
      http2: (accepted) => {
        this.#undecided.delete(accepted);
        this.#engine.accept(accepted);
      },
    });
  }

  #disconnected(socket: Socket): void {
    this.#sockets.delete(socket);
    this.#undecided.delete(socket);
    this.#pastReceivedBytes += socket.bytesRead;
    this.#pastSentBytes += socket.bytesWritten;
    if (this.#sockets.size === 0) this.#onLastDisconnected?.();
  }

  /** Sessions that were told to go end by themselves, once their calls have. */
  #disconnectedOrAfter(delayMs: number): Promise<void> {
    if (this.#sockets.size === 0 || delayMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = Number.isFinite(delayMs) ? setTimeout(resolve, delayMs) : undefined;
      this.#onLastDisconnected = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
