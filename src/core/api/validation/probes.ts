/** Probes and lifecycle handlers. Models validateProbe, validateHandler and validateLifecycle of pkg/apis/core/validation, v1.36.2. */
import type { IntOrString } from '../types.ts';
import { type FieldError, forbidden, invalid, invalids, notSupported, required } from './field.ts';
import { httpHeaderName, portName, portNumber } from './formats.ts';
import { type Loose, nonnegative } from './meta.ts';

export function validatePortNumberOrName(port: IntOrString | undefined, path: string): FieldError[] {
  return typeof port === 'string' ? invalids(path, port, portName(port)) : invalids(path, port ?? 0, portNumber(port ?? 0));
}

export function validateLivenessProbe(probe: Loose, gracePeriod: number | undefined, path: string): FieldError[] {
  if (!probe) return [];
  const errors = validateProbe(probe, gracePeriod, path);
  if ((probe.successThreshold ?? 0) !== 1) errors.push(invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'));
  return errors;
}

export const validateStartupProbe = validateLivenessProbe;

export function validateReadinessProbe(probe: Loose, gracePeriod: number | undefined, path: string): FieldError[] {
  if (!probe) return [];
  const errors = validateProbe(probe, gracePeriod, path);
  const own = probe.terminationGracePeriodSeconds;
  if (own !== undefined) errors.push(invalid(`${path}.terminationGracePeriodSeconds`, own, 'must not be set for readinessProbes'));
  return errors;
}

function validateProbe(probe: Loose, gracePeriod: number | undefined, path: string): FieldError[] {
  const errors = validateHandler(probe, gracePeriod, path, ['exec', 'httpGet', 'tcpSocket', 'grpc']);
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']) {
    errors.push(...nonnegative(probe[field], `${path}.${field}`));
  }
  const own = probe.terminationGracePeriodSeconds;
  if (own !== undefined && own <= 0) errors.push(invalid(`${path}.terminationGracePeriodSeconds`, own, 'must be greater than 0'));
  return errors;
}

export function validateLifecycle(lifecycle: Loose, gracePeriod: number | undefined, path: string, osName: string | undefined): FieldError[] {
  if (!lifecycle) return [];
  const errors: FieldError[] = [];
  const kinds = ['exec', 'httpGet', 'tcpSocket', 'sleep'];
  if (lifecycle.postStart) errors.push(...validateHandler(lifecycle.postStart, gracePeriod, `${path}.postStart`, kinds));
  if (lifecycle.preStop) errors.push(...validateHandler(lifecycle.preStop, gracePeriod, `${path}.preStop`, kinds));
  if (lifecycle.stopSignal !== undefined) errors.push(...validateStopSignal(lifecycle.stopSignal, `${path}.stopSignal`, osName));
  return errors;
}

const windowsSignals = ['SIGKILL', 'SIGTERM'];
const realtime = [...Array(15)].flatMap((_, i) => [`SIGRTMIN+${i + 1}`, `SIGRTMAX-${i + 1}`]).filter((name) => name !== 'SIGRTMAX-15');
const linuxSignals = [
  'SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS',
  'SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIGRTMIN SIGRTMAX',
]
  .flatMap((line) => line.split(' '))
  .concat(realtime)
  .sort();

function validateStopSignal(signal: string, path: string, osName: string | undefined): FieldError[] {
  if (osName === undefined) return [forbidden(path, 'may not be set for containers with empty `spec.os.name`')];
  const known = osName === 'windows' ? windowsSignals : linuxSignals;
  return known.includes(signal) ? [] : [notSupported(path, signal, known)];
}

function validateHandler(handler: Loose, gracePeriod: number | undefined, path: string, kinds: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const kind of kinds) {
    const action = handler[kind];
    if (!action) continue;
    if (count > 0) {
      errors.push(forbidden(`${path}.${kind}`, 'may not specify more than 1 handler type'));
      continue;
    }
    count += 1;
    errors.push(...validateAction(kind, action, gracePeriod, `${path}.${kind}`));
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'));
  return errors;
}

const schemes = ['HTTP', 'HTTPS'];

function validateAction(kind: string, action: Loose, gracePeriod: number | undefined, path: string): FieldError[] {
  switch (kind) {
    case 'exec':
      return (action.command ?? []).length === 0 ? [required(`${path}.command`)] : [];
    case 'httpGet': {
      const errors: FieldError[] = [];
      if (!action.path) errors.push(required(`${path}.path`));
      errors.push(...validatePortNumberOrName(action.port, `${path}.port`));
      if (!schemes.includes(action.scheme)) errors.push(notSupported(`${path}.scheme`, action.scheme ?? '', schemes));
      for (const header of action.httpHeaders ?? []) errors.push(...invalids(`${path}.httpHeaders`, header.name ?? '', httpHeaderName(header.name ?? '')));
      return errors;
    }
    case 'sleep': {
      const seconds: number = action.seconds ?? 0;
      return gracePeriod !== undefined && (seconds < 0 || seconds > gracePeriod)
        ? [invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`)]
        : [];
    }
    default:
      return validatePortNumberOrName(action.port, `${path}.port`);
  }
}
