/** An image registry, address `registry`: what containerd asks of it. `ctx.call('registry', request)`; the time of the transfer is the runtime's to wait for. */
import type { Body } from '../engine/types.ts';
import type { ImageConfig } from './process.ts';

export const registry = 'registry';

export interface ImageInfo {
  /** Canonical, `docker.io/library/nginx:1.27`. */
  reference: string;
  /** sha256 of the config blob: the image ID. */
  imageID: string;
  /** sha256 of the manifest: `repo@sha256:…`. */
  digest: string;
  layers: { digest: string; sizeBytes: number }[];
  sizeBytes: number;
  config: ImageConfig;
  /** Not in the catalogue: stands for any image of that name, served by the generic program. */
  generic: boolean;
}
export interface ResolveImage extends Body {
  readonly type: 'ResolveImage';
  readonly reference: string;
  readonly auth?: { username: string; password: string };
}
/** `error`: what follows `failed to resolve reference "REF": `; `takesMs`: how long until it is known. */
export interface ResolveAnswer {
  image?: ImageInfo;
  error?: string;
  code?: 'Unknown' | 'NotFound';
  takesMs: number;
}
