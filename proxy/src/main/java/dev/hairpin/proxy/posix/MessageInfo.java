package dev.hairpin.proxy.posix;

/**
 * What an SCTP message carries besides its bytes (RFC 6458, {@code sctp_rcvinfo} and {@code
 * sctp_sndinfo}).
 *
 * @param stream its number, 0 to 65535
 * @param payloadProtocol the user's word on the content (PPID), as it is in memory: only the two
 *     users know its byte order
 * @param unordered whether it may overtake others of its stream
 */
public record MessageInfo(int stream, int payloadProtocol, boolean unordered) {}
