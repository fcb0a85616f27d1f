import { expect, test } from "vitest";
import { dataFolders, type System, userDataFolder } from "./jupyterFolders.ts";

const linux = (environment: System["environment"] = {}): System => ({
  platform: "linux",
  home: "/homes/ada",
  environment,
});
const mac: System = { platform: "darwin", home: "/mac/ada", environment: {} };
const windows = (environment: System["environment"] = {}): System => ({
  platform: "win32",
  home: "C:\\Users\\ada",
  environment,
});

test("the user's folder on each system", () => {
  expect(userDataFolder(linux())).toBe("/homes/ada/.local/share/jupyter");
  expect(userDataFolder(linux({ XDG_DATA_HOME: "/data" }))).toBe("/data/jupyter");
  expect(userDataFolder(mac)).toBe("/mac/ada/Library/Jupyter");
  expect(userDataFolder(windows({ APPDATA: "C:\\Users\\ada\\AppData\\Roaming" }))).toBe(
    "C:\\Users\\ada\\AppData\\Roaming\\jupyter",
  );
  expect(userDataFolder(windows())).toBe("C:\\Users\\ada\\.jupyter\\data");
  for (const system of [linux(), mac, windows()])
    expect(userDataFolder({ ...system, environment: { JUPYTER_DATA_DIR: "/mine" } })).toBe("/mine");
});

test("Jupyter looks in JUPYTER_PATH, then in the environment or the user's folder, then in shared ones", () => {
  expect(dataFolders(linux({ JUPYTER_PATH: "/a:/b", VIRTUAL_ENV: "/venv" }))).toEqual([
    "/a",
    "/b",
    "/venv/share/jupyter",
    "/homes/ada/.local/share/jupyter",
    "/usr/local/share/jupyter",
    "/usr/share/jupyter",
  ]);
  expect(dataFolders(linux({ CONDA_PREFIX: "/conda", JUPYTER_PREFER_ENV_PATH: "0" })).slice(0, 2)).toEqual([
    "/homes/ada/.local/share/jupyter",
    "/conda/share/jupyter",
  ]);
  expect(dataFolders(mac)).toEqual([
    "/mac/ada/Library/Jupyter",
    "/usr/local/share/jupyter",
    "/usr/share/jupyter",
  ]);
});

test("on Windows lists are separated by semicolons, and the shared folder must be trusted", () => {
  const environment = { JUPYTER_PATH: "D:\\a;D:\\b", APPDATA: "C:\\Roaming", PROGRAMDATA: "C:\\ProgramData" };
  expect(dataFolders(windows(environment))).toEqual(["D:\\a", "D:\\b", "C:\\Roaming\\jupyter"]);
  const trusted = { ...environment, JUPYTER_USE_PROGRAMDATA: "1" };
  expect(dataFolders(windows(trusted)).at(-1)).toBe("C:\\ProgramData\\jupyter");
});
