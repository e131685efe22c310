package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.walk.Asked.Service;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks whether anybody is there, as a client would: what comes of it, packets tell. */
record Knock(Service service, IpAddress to) {
  private static final Logger log = LoggerFactory.getLogger(Knock.class);

  /** Long enough for what was lost to be sent again once (RFC 6298, 2.1). */
  private static final int PATIENCE_MILLIS = 1500;

  /** Less than what the JDK lets pass before it sends another echo request. */
  private static final int PING_MILLIS = 1000;

  Knock {
    requireNonNull(service, "service");
    requireNonNull(to, "to");
  }

  /**
   * From the network namespace of the calling thread. Nobody's answer is no failure.
   *
   * @throws IOException if nothing can be sent
   */
  void now() throws IOException {
    switch (service) {
      case Service.Port(Protocol protocol, int number) ->
          now(protocol, new InetSocketAddress(to.inet(), number));
      case Service.Ping() -> ping();
    }
  }

  private static void now(Protocol protocol, InetSocketAddress address) throws IOException {
    switch (protocol) {
      case TCP -> connect(address);
      case UDP -> send(address);
      case SCTP ->
          throw new IOException(
              "make an SCTP connection to "
                  + address
                  + ": trace can't; have another program do it");
    }
  }

  /** As root that is an echo request, of ICMP or ICMPv6. */
  private void ping() throws IOException {
    boolean isAnswered = to.inet().isReachable(PING_MILLIS);
    log.debug("{} {} to a ping", to, isAnswered ? "answers" : "does not answer");
  }

  private static void connect(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, PATIENCE_MILLIS);
    } catch (IOException refusedOrLost) {
      log.debug("connect to {}: {}", address, refusedOrLost.toString());
    }
  }

  private static void send(InetSocketAddress address) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.send(new DatagramPacket(new byte[] {'?'}, 1, address));
    }
  }
}
