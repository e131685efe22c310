package dev.hairpin.proxy.posix;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import jnr.ffi.Pointer;

/**
 * A program that talks SCTP: a client, or what a server accepted. It waits for what it asks for.
 */
public final class SctpPeer implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int IPPROTO_SCTP = 132;
  private static final int SCTP_INITMSG = 2;
  private static final int SCTP_STATUS = 14;
  private static final int STATUS_BYTES = 176;
  private static final int IN_STREAMS = 16;
  private static final int OUT_STREAMS = 18;

  private final SctpSocket socket;
  private boolean isOpen = true;

  private SctpPeer(SctpSocket socket) {
    this.socket = socket;
  }

  /**
   * A message as one side has it and the other gets it.
   *
   * @param content a character for each byte
   */
  public record Message(String content, MessageInfo info) {
    @Override
    public String toString() {
      return (content.length() > 40 ? content.length() + " bytes" : content) + " " + info;
    }
  }

  /** What accepts associations. */
  public static final class Server implements AutoCloseable {
    private final SctpSocket socket;

    private Server(SctpSocket socket) {
      this.socket = socket;
    }

    public InetSocketAddress address() throws IOException {
      return socket.localAddress();
    }

    public SctpPeer accept() {
      PeerAddress peer = new PeerAddress();
      return new SctpPeer(
          await()
              .atMost(DEADLINE)
              .pollDelay(Duration.ZERO)
              .pollInterval(Duration.ofMillis(2))
              .until(() -> socket.accept(peer), accepted -> accepted != null));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** Listens on an address, at a port that the kernel chooses. */
  public static Server server(String address) throws IOException {
    return server(address, 1000);
  }

  /**
   * The same.
   *
   * @param streams how many it offers to send on
   */
  public static Server server(String address, int streams) throws IOException {
    InetSocketAddress any = new InetSocketAddress(address, 0);
    SctpSocket socket = SctpSocket.open(any);
    socket.prepare();
    offer(socket, streams);
    socket.bind(any);
    socket.listen(10);
    return new Server(socket);
  }

  /** Has asked for an association; {@link #send} waits until it is there. */
  public static SctpPeer connect(InetSocketAddress to, int streams) throws IOException {
    SctpSocket socket = SctpSocket.open(to);
    socket.prepare();
    offer(socket, streams);
    socket.beginConnect(to);
    return new SctpPeer(socket);
  }

  public static SctpPeer connect(InetSocketAddress to) throws IOException {
    return connect(to, 1000);
  }

  private static void offer(SctpSocket socket, int streams) throws IOException {
    Pointer initial = Native.allocate(8);
    initial.putShort(0, (short) streams);
    initial.putShort(2, (short) 65535);
    Native.check(
        "setsockopt", Native.LIBC.setsockopt(socket.fd(), IPPROTO_SCTP, SCTP_INITMSG, initial, 8));
  }

  public void send(String text, MessageInfo info) {
    send(new Message(text, info));
  }

  public void send(Message message) {
    await()
        .atMost(DEADLINE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> isSent(message));
  }

  /** Whether the kernel took it now. */
  public boolean isSent(Message message) throws PosixException {
    byte[] content = message.content().getBytes(ISO_8859_1);
    NativeBuffer buffer = new NativeBuffer(content.length);
    Contents.put(buffer, 0, content);
    return socket.send(buffer, content.length, message.info());
  }

  /** The next message, put together if it came in parts. */
  public Message receive() {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    while (true) {
      NativeBuffer buffer = new NativeBuffer(65536);
      Received found = next(buffer);
      if (!(found instanceof Received.Part part)) {
        throw new AssertionError(found + " in place of a message, after " + content.size());
      }
      content.writeBytes(Contents.get(buffer, part.bytes()));
      if (part.isLast()) {
        return new Message(content.toString(ISO_8859_1), part.info());
      }
    }
  }

  /** Whether the peer ends the association gracefully, after everything was received. */
  public boolean hearsEnd() {
    return next(new NativeBuffer(65536)) == Received.Nothing.END;
  }

  private Received next(NativeBuffer buffer) {
    return await()
        .atMost(DEADLINE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> socket.receive(buffer, 0), found -> found != Received.Nothing.NOT_NOW);
  }

  /** The error that ends the association, or the attempt at one. */
  public int hearsFailure() {
    return await()
        .atMost(DEADLINE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(socket::failure, errno -> errno != 0);
  }

  public int inStreams() {
    return streams(IN_STREAMS);
  }

  public int outStreams() {
    return streams(OUT_STREAMS);
  }

  private int streams(int field) {
    Pointer status = Native.allocate(STATUS_BYTES);
    Pointer length = Native.allocate(Integer.BYTES);
    length.putInt(0, STATUS_BYTES);
    if (Native.LIBC.getsockopt(socket.fd(), IPPROTO_SCTP, SCTP_STATUS, status, length) != 0) {
      throw new AssertionError("there is no association");
    }
    return Short.toUnsignedInt(status.getShort(field));
  }

  public void shutDown() throws IOException {
    socket.endOutput();
  }

  public void abort() throws IOException {
    socket.resetOnClose();
    close();
  }

  @Override
  public void close() throws IOException {
    if (isOpen) {
      isOpen = false;
      socket.close();
    }
  }
}
