package dev.hairpin.agent.keeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.agent.posix.DescriptorQueue;
import dev.hairpin.agent.posix.Posix;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlotTest {
  private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");
  private static final int NO_DESCRIPTOR = 1_000_000;

  private final Map<HostPort, TcpSocket> open = new HashMap<>();
  private final List<Integer> taken = new ArrayList<>();
  private DescriptorQueue queue;
  private Slot slot;

  @BeforeEach
  void make() throws IOException {
    queue = DescriptorQueue.make();
    slot = new Slot(queue);
  }

  @AfterEach
  void close() throws IOException {
    queue.close();
    for (TcpSocket socket : open.values()) {
      socket.close();
    }
    taken.forEach(Posix.system()::close);
  }

  @Test
  void aSocketStaysOpenInTheQueue() throws IOException {
    HostPort kept = keep();
    close(kept);

    connect(kept);
    taken.addAll(new Slot(queue).takeOver().values());
    assertThat(taken).hasSize(1);
    connect(kept);
  }

  @Test
  void aSocketThatIsRemovedIsOnlyAsOpenAsItsOwnerHasIt() throws IOException {
    HostPort gone = keep();
    HostPort kept = keep();

    slot.remove(gone);
    slot.write();
    close(gone);
    close(kept);

    assertThatThrownBy(() -> connect(gone)).isInstanceOf(ConnectException.class);
    connect(kept);
  }

  @Test
  void theLastSocketLeavesAnEmptyQueue() throws IOException {
    HostPort gone = keep();

    slot.remove(gone);
    slot.write();
    close(gone);

    assertThatThrownBy(() -> connect(gone)).isInstanceOf(ConnectException.class);
    assertThat(queue.look().messages()).isZero();
  }

  /** The new message is there, the old one not yet out. */
  @Test
  void anAgentThatIsKilledInTheMiddleOfAChangeHasMadeIt() throws IOException {
    HostPort gone = keep();
    HostPort kept = listen();
    queue.put(List.of(open.get(kept).fd()));
    close(gone);
    close(kept);

    Map<HostPort, Integer> found = new Slot(queue).takeOver();
    taken.addAll(found.values());

    assertThat(found).containsOnlyKeys(kept);
    assertThatThrownBy(() -> connect(gone)).isInstanceOf(ConnectException.class);
    connect(kept);
  }

  @Test
  void whatTheKernelDoesNotTakeKeepsNoClosedPortOpen() throws IOException {
    HostPort gone = keep();
    HostPort kept = listen();
    HostPort impossible = new HostPort(Protocol.TCP, LOOPBACK, 1);
    slot.remove(gone);
    slot.put(kept, open.get(kept).fd());
    slot.put(impossible, NO_DESCRIPTOR);

    assertThatThrownBy(slot::write)
        .isInstanceOf(IOException.class)
        .hasMessage("keep 2 descriptors in a queue: bad file descriptor");
    close(gone);
    assertThatThrownBy(() -> connect(gone)).isInstanceOf(ConnectException.class);

    slot.remove(impossible);
    slot.write();
    close(kept);
    connect(kept);
  }

  @Test
  void aMessageHasRoomForSoMany() throws IOException {
    int descriptor = open.get(listen()).fd();
    for (int port = 1; port <= DescriptorQueue.MOST_IN_MESSAGE; port++) {
      assertThat(slot.hasRoom()).isTrue();
      slot.put(new HostPort(Protocol.TCP, LOOPBACK, port), descriptor);
    }
    assertThat(slot.hasRoom()).isFalse();

    slot.write();

    taken.addAll(queue.look().newest());
    assertThat(taken).hasSize(DescriptorQueue.MOST_IN_MESSAGE).doesNotHaveDuplicates();
  }

  private HostPort keep() throws IOException {
    HostPort hostPort = listen();
    slot.put(hostPort, open.get(hostPort).fd());
    slot.write();
    return hostPort;
  }

  private HostPort listen() throws IOException {
    InetSocketAddress any = new InetSocketAddress(LOOPBACK.inet(), 0);
    TcpSocket socket = TcpSocket.open(any);
    socket.bind(any);
    socket.listen(128);
    HostPort hostPort = new HostPort(Protocol.TCP, LOOPBACK, socket.localAddress().getPort());
    open.put(hostPort, socket);
    return hostPort;
  }

  /** The agent's own descriptor. */
  private void close(HostPort hostPort) throws IOException {
    open.remove(hostPort).close();
  }

  private static void connect(HostPort hostPort) throws IOException {
    new Socket(hostPort.address().inet(), hostPort.port()).close();
  }
}
