package bench.load;

import bench.cluster.Cluster;
import bench.cluster.ServerPart;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/// What the servers' JVMs have allocated, as they count it themselves. Asked for by the attach API,
/// on this machine only, as this user only. For one thread.
final class ServerHeaps implements AutoCloseable {
  private static final String ALLOCATED = "TotalThreadAllocatedBytes"; // since JDK 21

  private final List<JMXConnector> connectors = new ArrayList<>();
  private final boolean known;

  ServerHeaps(Cluster cluster) {
    boolean all = true;
    for (ServerPart server : cluster.servers()) {
      try {
        VirtualMachine machine = VirtualMachine.attach("" + server.pid());
        try {
          var address = new JMXServiceURL(machine.startLocalManagementAgent());
          connectors.add(JMXConnectorFactory.connect(address));
        } finally {
          machine.detach();
        }
      } catch (IOException | AttachNotSupportedException _) {
        all = false; // it costs one figure of many
      }
    }
    known = all;
  }

  /// By all threads of all servers so far; -1: not known.
  long allocatedBytes() {
    long bytes = 0;
    try {
      for (JMXConnector connector : connectors) {
        MBeanServerConnection server = connector.getMBeanServerConnection();
        var threading = new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME);
        bytes += (Long) server.getAttribute(threading, ALLOCATED);
      }
    } catch (IOException | JMException _) {
      return -1;
    }
    return known && !connectors.isEmpty() ? bytes : -1;
  }

  @Override
  public void close() {
    for (JMXConnector connector : connectors) {
      try {
        connector.close();
      } catch (IOException _) {
        // the server ends with it
      }
    }
  }
}
