package dev.hairpin.agent.firewalld;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.apply.FirewallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.errors.UnknownInterface;
import org.freedesktop.dbus.errors.UnknownMethod;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.freedesktop.dbus.interfaces.DBus;
import org.freedesktop.dbus.interfaces.DBusInterface;
import org.freedesktop.dbus.types.Variant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * firewalld on the system bus. The bus is connected to when there is one, and again when it was
 * restarted; nothing is loaded where there is none.
 */
public final class BusFirewalld implements Firewalld {
  private static final Logger log = LoggerFactory.getLogger(BusFirewalld.class);

  private static final String SOCKET = "/run/dbus/system_bus_socket";
  private static final String BY_PATH = "unix:path=";
  private static final Path OUR_NETWORK = Path.of("/proc/self/ns/net");

  private final String address;
  private Optional<DBusConnection> connection = Optional.empty();
  private Runnable changed = () -> {};

  private BusFirewalld(String address) {
    this.address = requireNonNull(address, "address");
  }

  /**
   * That of this host.
   *
   * @param environment may have {@code DBUS_SYSTEM_BUS_ADDRESS}
   */
  public static BusFirewalld onSystemBus(Map<String, String> environment) {
    return new BusFirewalld(environment.getOrDefault("DBUS_SYSTEM_BUS_ADDRESS", BY_PATH + SOCKET));
  }

  @Override
  public synchronized void follow(Runnable whenChanged) {
    changed = requireNonNull(whenChanged, "whenChanged");
  }

  @Override
  public boolean isRunning() {
    if (address.startsWith(BY_PATH) && !Files.exists(socket())) {
      return false;
    }
    try {
      DBus bus = object(DBus.class, "org.freedesktop.DBus", "/org/freedesktop/DBus");
      return bus.NameHasOwner(BusNames.SERVICE)
          && isHere(bus.GetConnectionUnixProcessID(BusNames.SERVICE).longValue());
    } catch (DBusException | DBusExecutionException | IOException e) {
      log.debug("look for firewalld", e);
      disconnect();
      return false;
    }
  }

  private Path socket() {
    String path = address.substring(BY_PATH.length());
    return Path.of(path.split("[,;]", 2)[0]);
  }

  /** A bus is of a machine, and rules are of a network namespace. */
  private static boolean isHere(long pid) throws IOException {
    Path network = Path.of("/proc/" + pid + "/ns/net");
    return Files.readSymbolicLink(network).equals(Files.readSymbolicLink(OUR_NETWORK));
  }

  @Override
  public Set<String> zones() throws FirewallException {
    return Set.copyOf(ask("list zones", () -> zone().getZones()));
  }

  @Override
  public Set<String> policies() throws FirewallException {
    return Set.copyOf(
        ask(
            "list policies",
            () -> {
              try {
                return object(BusNames.Policies.class, BusNames.PATH).getPolicies();
              } catch (UnknownInterface | UnknownMethod e) {
                return List.of();
              }
            }));
  }

  @Override
  public Set<String> interfacesOf(String zone) throws FirewallException {
    return Set.copyOf(ask("list zone " + zone, () -> zone().getInterfaces(zone)));
  }

  @Override
  public String zoneOf(String interfaceName) throws FirewallException {
    return ask(
        "look for the zone of " + interfaceName, () -> zone().getZoneOfInterface(interfaceName));
  }

  @Override
  public void makeZone(String name, String description) throws FirewallException {
    ask(
        "make zone " + name,
        () ->
            unless(
                "NAME_CONFLICT",
                () ->
                    config()
                        .addZone2(
                            name,
                            Map.of(
                                "version", new Variant<>("1.0"),
                                "description", new Variant<>(description),
                                "target", new Variant<>("ACCEPT")))));
  }

  @Override
  public void makePolicy(String name, String description, String intoZone)
      throws FirewallException {
    ask(
        "make policy " + name,
        () ->
            unless(
                "NAME_CONFLICT",
                () ->
                    config()
                        .addPolicy(
                            name,
                            Map.of(
                                "version", new Variant<>("1.0"),
                                "description", new Variant<>(description),
                                "ingress_zones", new Variant<>(List.of("ANY"), "as"),
                                "egress_zones", new Variant<>(List.of(intoZone), "as"),
                                "target", new Variant<>("ACCEPT")))));
  }

  @Override
  public void removeZone(String name) throws FirewallException {
    ask(
        "remove zone " + name,
        () ->
            unless(
                "INVALID_ZONE",
                () -> {
                  String path = config().getZoneByName(name).getPath();
                  object(BusNames.ConfiguredZone.class, path).remove();
                }));
  }

  @Override
  public void removePolicy(String name) throws FirewallException {
    ask(
        "remove policy " + name,
        () ->
            unless(
                "INVALID_POLICY",
                () -> {
                  String path = config().getPolicyByName(name).getPath();
                  object(BusNames.ConfiguredPolicy.class, path).remove();
                }));
  }

  @Override
  public void reload() throws FirewallException {
    ask(
        "reload it",
        () -> {
          object(BusNames.Daemon.class, BusNames.PATH).reload();
          return "";
        });
  }

  @Override
  public void putInto(String zone, String interfaceName) throws FirewallException {
    ask(
        "put " + interfaceName + " into zone " + zone,
        () -> zone().addInterface(zone, interfaceName));
  }

  @Override
  public void takeOutOf(String zone, String interfaceName) throws FirewallException {
    ask(
        "take " + interfaceName + " out of zone " + zone,
        () -> unless("UNKNOWN_INTERFACE", () -> zone().removeInterface(zone, interfaceName)));
  }

  private interface Call {
    void make() throws DBusException;
  }

  /** What is so already needs no error: firewalld begins its messages with a code. */
  private static String unless(String code, Call call) throws DBusException {
    try {
      call.make();
    } catch (DBusExecutionException e) {
      if (!String.valueOf(e.getMessage()).startsWith(code)) {
        throw e;
      }
    }
    return "";
  }

  private interface Question<T> {
    T ask() throws DBusException;
  }

  private <T> T ask(String doing, Question<T> question) throws FirewallException {
    try {
      return question.ask();
    } catch (DBusException | DBusExecutionException e) {
      throw new FirewallException("have firewalld " + doing + ": " + e.getMessage(), e);
    }
  }

  private BusNames.Zones zone() throws DBusException {
    return object(BusNames.Zones.class, BusNames.PATH);
  }

  private BusNames.Config config() throws DBusException {
    return object(BusNames.Config.class, BusNames.CONFIG_PATH);
  }

  private <I extends DBusInterface> I object(Class<I> type, String path) throws DBusException {
    return object(type, BusNames.SERVICE, path);
  }

  private <I extends DBusInterface> I object(Class<I> type, String name, String path)
      throws DBusException {
    return connected().getRemoteObject(name, path, type);
  }

  private synchronized DBusConnection connected() throws DBusException {
    if (connection.isEmpty() || !connection.get().isConnected()) {
      DBusConnection bus = DBusConnectionBuilder.forAddress(address).withShared(false).build();
      connection = Optional.of(bus);
      bus.addSigHandler(BusNames.Daemon.Reloaded.class, signal -> tell());
      bus.addSigHandler(
          DBus.NameOwnerChanged.class,
          signal -> {
            if (signal.name.equals(BusNames.SERVICE) && !signal.newOwner.isEmpty()) {
              tell();
            }
          });
    }
    return connection.get();
  }

  private void tell() {
    Runnable listener;
    synchronized (this) {
      listener = changed;
    }
    listener.run();
  }

  private synchronized void disconnect() {
    connection.ifPresent(DBusConnection::disconnect);
    connection = Optional.empty();
  }
}
