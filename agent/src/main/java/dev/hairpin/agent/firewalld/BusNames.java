package dev.hairpin.agent.firewalld;

import java.util.List;
import java.util.Map;
import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.annotations.DBusInterfaceName;
import org.freedesktop.dbus.annotations.DBusMemberName;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.interfaces.DBusInterface;
import org.freedesktop.dbus.messages.DBusSignal;
import org.freedesktop.dbus.types.Variant;

/** What we call of firewalld, by the names that it has on the bus (firewalld.dbus(5)). */
final class BusNames {
  static final String SERVICE = "org.fedoraproject.FirewallD1";
  static final String PATH = "/org/fedoraproject/FirewallD1";
  static final String CONFIG_PATH = PATH + "/config";

  private BusNames() {}

  /** The daemon. */
  @DBusInterfaceName(SERVICE)
  public interface Daemon extends DBusInterface {
    void reload();

    /** It was reloaded; what was told it for now is gone. */
    @DBusMemberName("Reloaded")
    final class Reloaded extends DBusSignal {
      public Reloaded(String path) throws DBusException {
        super(path);
      }
    }
  }

  /** Zones in force. */
  @DBusInterfaceName(SERVICE + ".zone")
  public interface Zones extends DBusInterface {
    List<String> getZones();

    List<String> getInterfaces(String zone);

    String getZoneOfInterface(String interfaceName);

    String addInterface(String zone, String interfaceName);

    String removeInterface(String zone, String interfaceName);
  }

  /** Policies in force, since firewalld 0.9. */
  @DBusInterfaceName(SERVICE + ".policy")
  public interface Policies extends DBusInterface {
    List<String> getPolicies();
  }

  /** What is made for good. */
  @DBusInterfaceName(SERVICE + ".config")
  public interface Config extends DBusInterface {
    DBusPath addZone2(String name, Map<String, Variant<?>> settings);

    DBusPath addPolicy(String name, Map<String, Variant<?>> settings);

    DBusPath getZoneByName(String name);

    DBusPath getPolicyByName(String name);
  }

  /** A zone that was made for good. */
  @DBusInterfaceName(SERVICE + ".config.zone")
  public interface ConfiguredZone extends DBusInterface {
    void remove();
  }

  /** A policy that was made for good. */
  @DBusInterfaceName(SERVICE + ".config.policy")
  public interface ConfiguredPolicy extends DBusInterface {
    void remove();
  }
}
