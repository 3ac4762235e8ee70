/** Named ports of probes and hooks. Models pkg/probe/util.go ResolveContainerPort, v1.36.2. */
import type { Container, IntOrString } from '../../../api/types.ts';

/** The number, or null when the container has no port of that name. */
export function resolvePort(port: IntOrString, container: Container): number | null {
  const number =
    typeof port === 'number' ? port : (container.ports?.find((p) => p.name === port)?.containerPort ?? (/^\d{1,5}$/.test(port) ? Number(port) : null));
  return number !== null && number > 0 && number < 65_536 ? number : null;
}
