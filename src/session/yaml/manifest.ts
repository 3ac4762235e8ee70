/** A text as kubectl takes it from `-f`: parsed documents, or kubectl's words when it is no YAML. */
import type { ManifestFile } from '../../core/index.ts';
import { loadYaml } from './load.ts';

/** `name`: as it stands after -f; `-` for standard input. */
export function loadManifest(name: string, text: string): ManifestFile & { text: string } {
  const { documents, problems } = loadYaml(text);
  const first = problems[0];
  if (first)
    return {
      documents: [],
      text,
      error: `error: error parsing ${name === '-' ? 'STDIN' : name}: error converting YAML to JSON: yaml: line ${first.line}: ${first.message}`,
    };
  return { documents: documents.map(({ object, line }) => ({ object, line })), text };
}
