/**
 * Regulation (EU) 2025/327, Official Journal numbering: the only place where article identifiers and
 * their short titles are written. A wrong citation is one edit.
 */
export const articles = {
  '53(1)': 'Purposes for which health data may be processed for secondary use',
  '53(2)': 'Purposes (a) to (c) are reserved to public sector bodies and Union institutions',
  '54(a)': 'No decisions detrimental to a person or a group',
  '54(b)': 'No decisions on job offers, insurance, credit or premiums',
  '54(c)': 'No advertising or marketing',
  '54(d)': 'No harmful products or services',
  '54(e)': 'No activities in conflict with national ethical provisions',
  '55(3)': 'Assessment, preparation and provision are separate functions',
  '57(1)(j)': 'Permits and refusals are public',
  '61(1)': 'Data users process only according to their permit',
  '63(3)': 'A revoked permit stops processing without undue delay',
  '66(1)': 'Access only to data that are necessary for the purpose',
  '66(3)': 'Pseudonymised data: what reverses the pseudonym stays with the access body',
  '67(2)': 'Content of a data access application',
  '68(1)': 'Criteria for issuing a data permit',
  '68(10)': 'Content of a data permit',
  '68(12)': 'Duration of a data permit',
  '69(4)': 'Answer to a health data request',
  '71(3)': 'An opt-out binds permits approved after it',
  '71(4)': 'The public-body exception to opt-outs, with its justification',
  '73(1)(a)': 'Only natural persons listed in the permit',
  '73(1)(c)': 'Few authorised persons input, inspect, change or delete data',
  '73(1)(d)': 'Only the data of the permit',
  '73(1)(e)': 'Identifiable logs of access and activities',
  '73(2)': 'Only non-personal data leave, after review',
} as const
export type Article = keyof typeof articles
