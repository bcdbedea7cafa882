"""The engine for folders in OpenVINO's form: the fastest on x86 processors."""
