import type { Fault } from '../contracts/fault.ts';

/** A fault in words, for flags and menus. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case 'stopUnit':
      return `${fault.unit} stopped on ${fault.node}`;
    case 'cutApiServer':
      return `${fault.node} cut from the API server`;
    case 'killContainer':
      return `killed ${fault.container} in ${fault.pod}`;
    case 'killPause':
      return `killed pause of ${fault.pod}`;
    case 'failReadiness':
      return `${fault.container} in ${fault.pod} answers 503`;
    case 'slowPod':
      return `${fault.pod} answers ${fault.delayMs} ms later`;
    case 'registryUnreachable':
      return 'registry unreachable';
    case 'fillDisk':
      return `disk of ${fault.node} full`;
  }
}
