/** Environment variables. Models ValidateEnv and ValidateEnvFrom of pkg/apis/core/validation, v1.36.2. */
import { envFieldPaths, validateFieldRef, validateResourceFieldRef } from './downward.ts';
import { type FieldError, invalid, invalids, notFound, required } from './field.ts';
import { configMapKeyErrors, dns1123Subdomain, envVarNameErrors, relaxedEnvVarName } from './formats.ts';
import { type Loose, subdomainName } from './meta.ts';
import { localNonReservedPath } from './paths.ts';

export function validateEnv(variables: Loose[] | undefined, path: string, volumes: ReadonlyMap<string, Loose>): FieldError[] {
  const errors: FieldError[] = [];
  (variables ?? []).forEach((variable, i) => {
    const at = `${path}[${i}]`;
    if (!variable.name) errors.push(required(`${at}.name`));
    else errors.push(...invalids(`${at}.name`, variable.name, relaxedEnvVarName(variable.name)));
    if (variable.valueFrom) errors.push(...validateValueFrom(variable, `${at}.valueFrom`, volumes));
  });
  return errors;
}

function validateValueFrom(variable: Loose, path: string, volumes: ReadonlyMap<string, Loose>): FieldError[] {
  const errors: FieldError[] = [];
  const source = variable.valueFrom;
  let count = 0;
  if (source.fieldRef) {
    count += 1;
    errors.push(...validateFieldRef(source.fieldRef, envFieldPaths, `${path}.fieldRef`));
  }
  if (source.resourceFieldRef) {
    count += 1;
    errors.push(...validateResourceFieldRef(source.resourceFieldRef, `${path}.resourceFieldRef`, false));
  }
  for (const field of ['configMapKeyRef', 'secretKeyRef'] as const) {
    if (!source[field]) continue;
    count += 1;
    errors.push(...validateKeySelector(source[field], `${path}.${field}`));
  }
  if (source.fileKeyRef) {
    count += 1;
    errors.push(...validateFileKeySelector(source.fileKeyRef, `${path}.fileKeyRef`, volumes));
  }
  if (count === 0) {
    errors.push(invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'));
  } else if (variable.value) errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

function validateKeySelector(selector: Loose, path: string): FieldError[] {
  const name: string = selector.name ?? '';
  return [
    ...invalids(`${path}.name`, name, dns1123Subdomain(name)),
    ...(selector.key ? invalids(`${path}.key`, selector.key, configMapKeyErrors(selector.key)) : [required(`${path}.key`)]),
  ];
}

function validateFileKeySelector(selector: Loose, path: string, volumes: ReadonlyMap<string, Loose>): FieldError[] {
  const errors: FieldError[] = [];
  if (!selector.key) errors.push(required(`${path}.key`));
  else errors.push(...invalids(`${path}.key`, selector.key, envVarNameErrors(selector.key)));
  if (!selector.volumeName) errors.push(required(`${path}.volumeName`));
  else if (!volumes.has(selector.volumeName)) errors.push(notFound(`${path}.volumeName`, selector.volumeName));
  if (!selector.path) errors.push(required(`${path}.path`));
  else errors.push(...localNonReservedPath(selector.path, `${path}.path`));
  return errors;
}

export function validateEnvFrom(sources: Loose[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  (sources ?? []).forEach((source, i) => {
    const at = `${path}[${i}]`;
    if (source.prefix) errors.push(...invalids(`${at}.prefix`, source.prefix, relaxedEnvVarName(source.prefix)));
    let count = 0;
    for (const field of ['configMapRef', 'secretRef'] as const) {
      const reference = source[field];
      if (!reference) continue;
      count += 1;
      if (!reference.name) errors.push(required(`${at}.${field}.name`));
      else errors.push(...invalids(`${at}.${field}.name`, reference.name, subdomainName(reference.name, true)));
    }
    if (count === 0) errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  });
  return errors;
}
