using TinySora.Build;

// The one place that knows how TinySora is built; build.sh and build.ps1 only start it.
return Steps.Run(args);
