using TinySora.Build;

// The single place that defines how TinySora is built; build.sh and build.ps1 only start it.
return Steps.Run(args);
