/** What `world.ts` tells a runtime. */
import type { ImageConfig } from '../../contracts/process.ts';

export interface PreloadedImage {
  names: string[];
  sizeBytes: number;
  config?: ImageConfig;
  /** `sha256:…`; absent: made up from the first name. */
  id?: string;
}

export interface Args {
  node: string;
  implementation: 'containerd' | 'cri-o' | 'docker';
  /** Decides, as upstream, over wording and order of steps: `1.6.20`, `2.1.4`. */
  version: string;
  pauseImage: string;
  cgroupVersion: 1 | 2;
  cgroupDriver: 'systemd' | 'cgroupfs';
  /** On the node already. Without size or config the registry is asked what the name stands for. */
  images: PreloadedImage[];
  /** Layers of one pull that are fetched at a time; containerd's default is 3. */
  maxParallelDownloads: number;
  /** The node's wire to the registry, shared by the pulls under way. */
  bandwidthBytesPerSecond: number;
  /** Handlers that RuntimeClass may name. Default: `runc`. */
  runtimeHandlers?: string[];
  /** Others make as many calls at once, from 0 s on. */
  rush?: { untilMs: number; calls: number };
  imageFs?: { capacityBytes: number; mountpoint?: string };
}
