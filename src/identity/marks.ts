/** How a development key and its issuer are recognised, so that production can refuse both. */
export const developmentIssuer = 'urn:vitrine:development'
export const developmentKeyPrefix = 'vitrine-development-'

export const isDevelopmentKey = (key: Readonly<{ kid?: string }>): boolean =>
  key.kid?.startsWith(developmentKeyPrefix) === true
