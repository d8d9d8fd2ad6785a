/** The element that says whose resource it is; `subject` unless named here (FHIR R4, patient compartment). */
const elements: Readonly<Record<string, string>> = {
  Consent: 'patient',
  AllergyIntolerance: 'patient',
  Immunization: 'patient',
  Claim: 'patient',
  ExplanationOfBenefit: 'patient',
  Coverage: 'beneficiary',
}

export const subjectElement = (type: string): string | undefined =>
  type === 'Patient' ? undefined : (elements[type] ?? 'subject')

/** The reference to the subject, as written. */
export function referenceOf(resource: Readonly<Record<string, unknown>>): string | undefined {
  const element = subjectElement(String(resource['resourceType']))
  const subject = element === undefined ? undefined : resource[element]
  const reference = (subject as { reference?: unknown } | null | undefined)?.reference
  return typeof reference === 'string' ? reference : undefined
}
