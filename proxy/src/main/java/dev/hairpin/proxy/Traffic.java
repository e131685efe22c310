package dev.hairpin.proxy;

/**
 * What a port has carried since it was opened. The kernel's own share, by DNAT, is not in it.
 *
 * @param accepted connections, or UDP flows, that were begun
 * @param open those that there are now
 * @param refused those of the begun ones that found no backend
 * @param bytesUp payload from clients
 * @param bytesDown payload to clients
 */
public record Traffic(long accepted, long open, long refused, long bytesUp, long bytesDown) {
  /** Of a port that carries nothing. */
  public static final Traffic NONE = new Traffic(0, 0, 0, 0, 0);

  /** Both together. */
  public Traffic plus(Traffic other) {
    return new Traffic(
        accepted + other.accepted,
        open + other.open,
        refused + other.refused,
        bytesUp + other.bytesUp,
        bytesDown + other.bytesDown);
  }

  /** Of so many ports that have each carried this. */
  public Traffic times(int ports) {
    return new Traffic(
        accepted * ports, open * ports, refused * ports, bytesUp * ports, bytesDown * ports);
  }
}
