"""Writes /var/log/door.log: the same lines each time."""
import os

os.makedirs("/var/log", exist_ok=True)
doors = ["front", "back", "garage", "roof"]
with open("/var/log/door.log", "w") as file:
    seed = 12345
    for number in range(600):
        seed = (seed * 1103515245 + 12345) % 2**31
        address = f"10.4.{seed // 7 % 3}.{seed // 65536 % 12 + 1}"
        if number % 11 == 0:
            address = "10.4.9.77"
        day, hour = number // 40 + 1, number % 40 * 36 // 60
        door = doors[seed // 1024 % 4]
        file.write(f"2023-03-{day:02} {hour:02}:{number % 60:02}:{seed % 60:02} {address} {door}\n")
