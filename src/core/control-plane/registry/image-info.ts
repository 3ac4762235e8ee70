/** Digests, layers and sizes of an image: made from its name alone, so that the same name is the same image everywhere. */
import type { ImageConfig } from '../../contracts/process.ts';
import type { ImageInfo } from '../../contracts/registry.ts';
import { hexId, nextRandom, randomState } from '../../engine/random.ts';
import { share } from '../../engine/share.ts';

/** Images whose contents are known: the repositories that hold them, and which of their tags exist. */
export interface KnownImage {
  /** Canonical, `docker.io/library/nginx`. */
  repositories: string[];
  /** A regular expression over the whole tag. */
  tags: string;
  sizeBytes: number;
  /** Sizes, lowest first. Images that begin with the same sizes share those layers. */
  layers: number[];
  config: ImageConfig;
}

const MiB = 1024 * 1024;
/** Bases that unknown images may be built on; the rest is their own. */
const bases: readonly number[][] = [[3_797_319], [28 * MiB], [48 * MiB, 24 * MiB]];

export function imageInfo(name: string, digest: string, known?: KnownImage): ImageInfo {
  const stream = randomState(0, `image ${name}`);
  const random = (): number => nextRandom(stream);
  const imageID = `sha256:${hexId(random)}`;
  const manifest = `sha256:${hexId(random)}`;
  const sizes = known
    ? known.layers
    : [...(bases[Math.floor(random() * bases.length)] ?? []), Math.floor((2 + 78 * random()) * MiB), Math.floor(65_536 * random()) + 512];
  const layers = sizes.map((sizeBytes, i) => ({ digest: layerDigest(name, sizes, i), sizeBytes }));
  return share<ImageInfo>({
    reference: name,
    imageID,
    digest: digest === '' ? manifest : digest,
    layers,
    sizeBytes: layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
    config: known?.config ?? { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Entrypoint: ['/entrypoint'] },
    generic: known === undefined,
  });
}

/** All but the last layer are told by the sizes up to them: that is how images come to share a base. */
function layerDigest(name: string, sizes: readonly number[], i: number): string {
  const own = i === sizes.length - 1 && sizes.length > 1;
  const stream = randomState(0, own ? `layer ${name}` : `layer ${sizes.slice(0, i + 1).join(' ')}`);
  return `sha256:${hexId(() => nextRandom(stream))}`;
}
