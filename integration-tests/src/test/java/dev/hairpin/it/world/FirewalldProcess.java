package dev.hairpin.it.world;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * firewalld in the host namespace of a world, on a system bus that nobody else has, and with what
 * it keeps in the world's own folder. Its default zone is {@code public}, which lets little in.
 */
public final class FirewalldProcess implements AutoCloseable {
  /** What {@code integration-tests/run} has unpacked. */
  private static final Path PROGRAMS = Path.of(".firewalld/root").toAbsolutePath();

  private static final String PYTHON = "/usr/bin/python3";

  private static final String BUS =
      """
      <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
       "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
      <busconfig>
        <listen>ADDRESS</listen>
        <auth>EXTERNAL</auth>
        <policy context="default">
          <allow send_destination="*"/>
          <allow receive_sender="*"/>
          <allow own="*"/>
        </policy>
      </busconfig>
      """;

  private final World world;
  private final Process bus;
  private final Process firewalld;

  private FirewalldProcess(World world, Process bus, Process firewalld) {
    this.world = world;
    this.bus = bus;
    this.firewalld = firewalld;
  }

  /** Starts both, and returns when firewalld is in force. */
  public static FirewalldProcess in(World world) {
    assertThat(PROGRAMS.resolveSibling("complete"))
        .as("firewalld, which integration-tests/run unpacks")
        .exists();
    Path settings = world.directory().resolve("firewalld");
    Path busSettings = world.directory().resolve("bus.conf");
    try {
      Files.createDirectories(settings.resolve("zones"));
      Files.createDirectories(settings.resolve("policies"));
      Files.writeString(busSettings, BUS.replace("ADDRESS", busIn(world)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Process bus =
        world
            .host()
            .command("dbus-daemon", "--config-file=" + busSettings, "--nofork", "--nopidfile")
            .startLoggingTo(world.directory().resolve("bus.log"));
    Process firewalld =
        python(world, "usr/sbin/firewalld", "--nofork", "--nopid")
            .and("--default-config", PROGRAMS.resolve("usr/lib/firewalld").toString())
            .and("--system-config", settings.toString())
            .and("--log-file", world.directory().resolve("firewalld-own.log").toString())
            .startLoggingTo(world.directory().resolve("firewalld.log"));
    FirewalldProcess process = world.inhabitedBy(new FirewalldProcess(world, bus, firewalld));
    await("firewalld to run")
        .atMost(Duration.ofSeconds(60))
        .until(() -> process.command("--state").attempt().exit() == 0);
    return process;
  }

  /** Where the bus of a world listens, whether there is one or not. */
  static String busIn(World world) {
    return "unix:path=" + world.directory().resolve("bus");
  }

  /** The firewall-cmd command, with these arguments. */
  public Command command(String... arguments) {
    return python(world, "usr/bin/firewall-cmd", arguments);
  }

  private static Command python(World world, String program, String... arguments) {
    return world
        .host()
        .command(PYTHON, PROGRAMS.resolve(program).toString())
        .and(arguments)
        .with("PYTHONPATH", PROGRAMS.resolve("usr/lib/python3/dist-packages").toString())
        .with("PYTHONDONTWRITEBYTECODE", "1")
        .with("DBUS_SYSTEM_BUS_ADDRESS", busIn(world));
  }

  @Override
  public void close() {
    for (Process process : new Process[] {firewalld, bus}) {
      process.destroy();
      process.onExit().orTimeout(20, SECONDS).join();
    }
  }
}
