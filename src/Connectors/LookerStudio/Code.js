/**
 * Connects Looker Studio (Data Studio) to a KpiApi server. It hands Looker Studio's questions to the server and the answers back as they are: what a field is called, how
 * it adds up, and which filters can be applied is decided there, for every tool alike. What is left here is the key, the words for failures, and a small cache.
 *
 * How to put it into your Google account: docs/looker-studio.md.
 */
const cc = DataStudioApp.createCommunityConnector();

const PATH = 'kpiapi.path';
const KEY = 'kpiapi.key';
const HELP = 'https://kpiapi.example/looker-studio';

// An answer is kept for a few minutes, if it is small enough for Google's cache. lastRefresh is part of what it is kept under, so a refresh of the data asks again.
const CACHE_SECONDS = 300;
const CACHE_BYTES = 100 * 1024 - 1;

function getAuthType() {
  return cc.newAuthTypeResponse().setAuthType(cc.AuthType.PATH_KEY).setHelpUrl(HELP).build();
}

function isAuthValid() {
  const credentials = storedCredentials();
  if (!credentials) {
    return false;
  }

  // A server that does not answer says nothing about the key. What is asked next tells the reason.
  const response = send(credentials, 'config', {});
  return !response || (response.getResponseCode() !== 401 && response.getResponseCode() !== 403);
}

function setCredentials(request) {
  const given = request.pathKey || {};
  const credentials = { path: baseOf(given.path), key: String(given.key || '').trim() };
  const response = credentials.path && credentials.key ? send(credentials, 'config', {}) : null;
  if (!response || response.getResponseCode() !== 200) {
    return { errorCode: 'INVALID_CREDENTIALS' };
  }

  PropertiesService.getUserProperties().setProperty(PATH, credentials.path).setProperty(KEY, credentials.key);
  return { errorCode: 'NONE' };
}

function resetAuth() {
  PropertiesService.getUserProperties().deleteProperty(PATH).deleteProperty(KEY);
}

function isAdminUser() {
  return false;
}

function getConfig(request) {
  return JSON.parse(ask('config', request || {}));
}

function getSchema(request) {
  return JSON.parse(ask('schema', request));
}

function getData(request) {
  const credentials = storedCredentials();
  const cache = CacheService.getUserCache();
  const name = digest(JSON.stringify([credentials, request]));
  const kept = cache.get(name);
  if (kept) {
    return JSON.parse(kept);
  }

  const answer = ask('data', request);
  if (Utilities.newBlob(answer).getBytes().length <= CACHE_BYTES) {
    cache.put(name, answer, CACHE_SECONDS);
  }

  return JSON.parse(answer);
}

/** The text of the server's answer; what is no success becomes a sentence for the person at the report. */
function ask(what, question) {
  const language = (question.configParams && question.configParams.language) || question.languageCode || 'en';
  const isFrench = language.indexOf('fr') === 0;
  const credentials = storedCredentials();
  const response = credentials && send(credentials, what, question);
  if (response && response.getResponseCode() === 200) {
    return response.getContentText();
  }

  const status = response ? response.getResponseCode() : 0;
  const problem = response ? problemOf(response) : {};
  cc.newUserError()
    .setText(credentials ? sentence(status, problem, response, isFrench) : isFrench ? 'Connectez-vous de nouveau à KpiApi.' : 'Connect to KpiApi again.')
    .setDebugText('KpiApi ' + what + ': ' + status + ' ' + (problem.code || '') + ' ' + (problem.traceId || ''))
    .throwException();
}

function sentence(status, problem, response, isFrench) {
  const seconds = response ? header(response, 'retry-after') : null;
  const again = seconds ? (isFrench ? ' Réessayez dans ' + seconds + ' s.' : ' Try again in ' + seconds + ' s.') : isFrench ? ' Réessayez plus tard.' : ' Try again later.';
  if (status === 401) {
    return isFrench ? 'La clé KpiApi n’est plus valable : demandez-en une autre, puis modifiez la connexion.' : 'The KpiApi key is not valid any more: ask for another one, then edit the connection.';
  }
  if (status === 403) {
    return isFrench ? 'Cette clé KpiApi ne lit pas les chiffres : il faut celle d’un lecteur (reader).' : 'This KpiApi key does not read figures: it takes that of a reader.';
  }
  if (status === 429) {
    return (isFrench ? 'Trop de demandes à la fois à KpiApi.' : 'Too many requests to KpiApi at once.') + again;
  }
  if (status === 0 || status >= 500) {
    return (isFrench ? 'KpiApi ne répond pas.' : 'KpiApi does not answer.') + again;
  }
  if (problem.detail) {
    // 400, 413, 422: the server says what to change, in the language of the data source where it can.
    return problem.detail;
  }

  return (isFrench ? 'Cette adresse ne répond pas comme KpiApi. Statut ' : 'This address does not answer as KpiApi does. Status ') + status + '.';
}

/** Null when the server cannot be reached. Redirects are not followed: the key is for one server. */
function send(credentials, what, question) {
  try {
    return UrlFetchApp.fetch(credentials.path + '/v1/looker/' + what, {
      method: 'post',
      contentType: 'application/json',
      payload: JSON.stringify(question),
      headers: { 'X-Api-Key': credentials.key, Accept: 'application/json' },
      muteHttpExceptions: true,
      followRedirects: false,
    });
  } catch (failure) {
    console.error('KpiApi cannot be reached');
    return null;
  }
}

function storedCredentials() {
  const properties = PropertiesService.getUserProperties();
  const path = properties.getProperty(PATH);
  const key = properties.getProperty(KEY);
  return path && key ? { path: path, key: key } : null;
}

/** The address of the server from whatever part of it was pasted; null when a key would travel in the clear. */
function baseOf(path) {
  const address = String(path || '').trim().replace(/\/+$/, '').replace(/(\/odata)?\/v1$/, '');
  return /^https:\/\/[^/?#\s]+(\/[^?#\s]*)?$/.test(address) || /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(address) ? address : null;
}

function problemOf(response) {
  try {
    return JSON.parse(response.getContentText()) || {};
  } catch (failure) {
    return {};
  }
}

function header(response, name) {
  const headers = response.getHeaders();
  const found = Object.keys(headers).find((known) => known.toLowerCase() === name);
  return found ? headers[found] : null;
}

function digest(text) {
  return Utilities.base64Encode(Utilities.computeDigest(Utilities.DigestAlgorithm.SHA_256, text, Utilities.Charset.UTF_8));
}
